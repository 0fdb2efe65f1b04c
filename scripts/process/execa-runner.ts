import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { execa, ExecaError } from 'execa'
import { CommandFailedError, type CommandRunner, pasteable } from './command-runner.ts'

const KILL_DELAY_MS = 5_000

/** Runs programs with execa. The only importer of execa. */
export const execaRunner: CommandRunner = {
  async run(file, args, options = {}) {
    const { signal, cwd, env, input, inputFrom, outputTo, onLine, stdio = 'capture', allow = [0] } = options
    // execa would start the program and end it again.
    signal?.throwIfAborted()
    const subprocess = execa(file, args, {
      ...(signal && { cancelSignal: signal }),
      ...(cwd !== undefined && { cwd }),
      ...(env && { env }),
      ...(stdio === 'inherit' ? { stdio: 'inherit' as const } : stdin(inputFrom ?? input)),
      forceKillAfterDelay: KILL_DELAY_MS,
      ...(outputTo && { buffer: { stdout: false } }),
      all: onLine !== undefined && stdio === 'capture',
      maxBuffer: 64 * 1024 * 1024,
    })
    // What the program started may outlive it and keep its output open: an aborted run does not wait for that.
    const { nodeChildProcess } = subprocess
    nodeChildProcess.once('exit', () => {
      if (!signal?.aborted) return
      nodeChildProcess.stdout?.destroy()
      nodeChildProcess.stderr?.destroy()
    })
    const lines =
      onLine && stdio === 'capture' ? forEachLine(subprocess.iterable({ from: 'all', binary: false }), onLine) : undefined
    const copying = outputTo && subprocess.stdout ? pipeline(subprocess.stdout, outputTo) : undefined
    const [ending, ...followers] = await Promise.allSettled([subprocess, lines, copying])
    if (ending.status === 'fulfilled') {
      for (const follower of followers) if (follower.status === 'rejected') throw follower.reason
      const { exitCode = 0, stdout, stderr } = ending.value
      return { exitCode, stdout: text(stdout), stderr: text(stderr) }
    }
    signal?.throwIfAborted()
    // The program fails because of them: they say why.
    const failed = inputFrom?.errored ?? outputTo?.errored
    if (failed) throw failed
    const error: unknown = ending.reason
    if (!(error instanceof ExecaError)) throw error
    const { exitCode } = error
    if (exitCode !== undefined && (allow === 'any' || allow.includes(exitCode))) {
      return { exitCode, stdout: text(error.stdout), stderr: text(error.stderr) }
    }
    throw new CommandFailedError({
      command: pasteable(file, args),
      exitCode,
      endedBy: error.signal,
      stderr: text(error.stderr) || text(error.stdout),
      // A folder that is not there gives ENOENT as well.
      notFound: error.code === 'ENOENT' && (cwd === undefined || existsSync(cwd)),
      cause: error.cause,
    })
  },
}

function stdin(input: string | Readable | undefined) {
  return input === undefined ? { stdin: 'ignore' as const } : { input }
}

async function forEachLine(lines: AsyncIterable<unknown>, onLine: (line: string) => void): Promise<void> {
  for await (const line of lines) onLine(String(line))
}

function text(output: unknown): string {
  return typeof output === 'string' ? output : ''
}
