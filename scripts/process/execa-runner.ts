import { execa, ExecaError } from 'execa'
import { CommandFailedError, type CommandRunner, pasteable } from './command-runner.ts'

const KILL_DELAY_MS = 5_000

/** Runs programs with execa. The only importer of execa. */
export const execaRunner: CommandRunner = {
  async run(file, args, options = {}) {
    const { signal, cwd, env, input, onLine, stdio = 'capture', allow = [0] } = options
    const subprocess = execa(file, args, {
      ...(signal && { cancelSignal: signal }),
      ...(cwd !== undefined && { cwd }),
      ...(env && { env }),
      ...(stdio === 'inherit' ? { stdio: 'inherit' as const } : input === undefined ? { stdin: 'ignore' as const } : { input }),
      forceKillAfterDelay: KILL_DELAY_MS,
      all: onLine !== undefined && stdio === 'capture',
      maxBuffer: 64 * 1024 * 1024,
    })
    const lines = onLine && stdio === 'capture' ? forEachLine(subprocess.iterable({ from: 'all', binary: false }), onLine) : undefined
    try {
      const result = await subprocess
      await lines
      return { exitCode: result.exitCode ?? 0, stdout: text(result.stdout), stderr: text(result.stderr) }
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof ExecaError)) throw error
      const { exitCode } = error
      if (exitCode !== undefined && (allow === 'any' || allow.includes(exitCode))) {
        return { exitCode, stdout: text(error.stdout), stderr: text(error.stderr) }
      }
      throw new CommandFailedError({
        command: pasteable(file, args),
        exitCode,
        stderr: text(error.stderr) || text(error.stdout),
        notFound: error.code === 'ENOENT',
        cause: error.cause,
      })
    }
  },
}

async function forEachLine(lines: AsyncIterable<unknown>, onLine: (line: string) => void): Promise<void> {
  try {
    for await (const line of lines) onLine(String(line))
  } catch {
    // The subprocess's own promise reports the failure; this loop only forwards what was printed before it.
  }
}

function text(output: unknown): string {
  return typeof output === 'string' ? output : ''
}
