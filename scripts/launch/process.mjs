import { spawn } from 'node:child_process'

const MARK = 'STATELAB_RELAUNCHED'
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP']
const SAME_SIGNAL_MS = 500

/**
 * Runs this launcher again with another Node, as if it had replaced this process: same terminal, same standard streams,
 * signals passed on, same ending. Returns when the other one has ended.
 */
export async function relaunch(node, args) {
  const child = spawn(node, args, { stdio: 'inherit', env: { ...process.env, [MARK]: '1' } })
  // Windows sends Ctrl-C to both processes, and its kill() would not let the child clean up.
  const pass = process.platform === 'win32' ? () => {} : (signal) => child.kill(signal)
  for (const signal of FORWARDED) process.on(signal, pass)
  const { code, signal } = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  for (const forwarded of FORWARDED) process.off(forwarded, pass)
  if (signal) await endBy(signal)
  process.exit(code)
}

/** Whether a launcher started this one. Read once: programs started from here are not relaunched ones. */
export function wasRelaunched() {
  return relaunched
}

const relaunched = process.env[MARK] === '1'
delete process.env[MARK]

/**
 * A Ctrl-C at the terminal reaches this process twice, from the terminal and from the launcher that waits for it; a
 * `kill` of the launcher reaches it once. Both must look like one signal, because a second one means "give up now".
 */
export function mergeRepeatedSignals() {
  const emit = process.emit
  const acceptedAt = new Map()
  process.emit = function (event, ...args) {
    if (FORWARDED.includes(event)) {
      if (performance.now() - (acceptedAt.get(event) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS) return true
      acceptedAt.set(event, performance.now())
    }
    return emit.call(this, event, ...args)
  }
}

/** Ends this process by a signal, so that whoever waits for it sees which one. */
export async function endBy(signal) {
  process.kill(process.pid, signal)
  // The signal is delivered asynchronously; nothing may run in between.
  await new Promise(() => setInterval(() => {}, 1_000))
}
