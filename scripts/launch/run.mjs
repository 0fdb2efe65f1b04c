import { spawn } from 'node:child_process'
import { InterruptedError } from './errors.mjs'

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a program in `folder` to its end; a signal to this process ends it first. What it says goes to stderr: stdout
 * belongs to the command that was asked for.
 * @param stdin a file descriptor, or `ignore`.
 * @returns what went wrong, in a few words; `undefined` when nothing did, `not found` when there is no such program.
 */
export async function run(file, args, { folder, stdin = 'ignore' }) {
  const child = spawn(file, args, { cwd: folder, stdio: [stdin, process.stderr, process.stderr] })
  let interruptedBy
  const end = (signal) => {
    interruptedBy ??= signal
    child.kill(signal)
  }
  for (const signal of ENDING_SIGNALS) process.on(signal, end)
  try {
    const problem = await ended(child)
    if (interruptedBy) throw new InterruptedError(interruptedBy)
    return problem
  } finally {
    for (const signal of ENDING_SIGNALS) process.off(signal, end)
  }
}

function ended(child) {
  return new Promise((resolve) => {
    child.on('error', () => resolve('not found'))
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : `failed (${signal ?? `exit code ${code}`})`))
  })
}
