import type { Readable, Writable } from 'node:stream'
import { StatelabError } from '../errors.ts'

export interface RunOptions {
  /** Ends the program (SIGTERM, then SIGKILL after 5 s) and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  readonly cwd?: string
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  /** Gives the program its input as it comes, however much it is. When the stream fails, so does the run, with its error. */
  readonly inputFrom?: Readable
  /** Takes stdout as it comes, however much it is: the result's `stdout` is empty then. */
  readonly outputTo?: Writable
  /** Called for every line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void
  /** `inherit` gives the program the terminal; nothing is captured then. */
  readonly stdio?: 'capture' | 'inherit'
  /** Exit codes that are results, not failures. Default: only 0. `'any'` never throws for an exit code. */
  readonly allow?: readonly number[] | 'any'
}

export interface CommandResult {
  readonly exitCode: number
  /** Without the last newline. */
  readonly stdout: string
  readonly stderr: string
}

/** The port through which every program is run. Arguments are an array: nothing is ever given to a shell. */
export interface CommandRunner {
  /** @throws {CommandFailedError} when the program cannot be started or ends with a code that is not allowed. */
  run(file: string, args: readonly string[], options?: RunOptions): Promise<CommandResult>
}

export class CommandFailedError extends StatelabError {
  override readonly name = 'CommandFailedError'
  /** The command as it can be pasted into a shell. */
  readonly command: string
  /** `undefined` when the program could not be started or was ended by a signal. */
  readonly exitCode: number | undefined
  readonly stderr: string
  /** True when there is no such program. */
  readonly notFound: boolean

  constructor(facts: {
    readonly command: string
    readonly exitCode: number | undefined
    /** The signal that ended the program, such as `SIGKILL`. */
    readonly endedBy?: string | undefined
    readonly stderr: string
    readonly notFound: boolean
    readonly cause?: unknown
  }) {
    super('command-failed', describe(facts), { cause: facts.cause })
    this.command = facts.command
    this.exitCode = facts.exitCode
    this.stderr = facts.stderr
    this.notFound = facts.notFound
  }
}

function describe(facts: {
  readonly command: string
  readonly exitCode: number | undefined
  readonly endedBy?: string | undefined
  readonly stderr: string
  readonly notFound: boolean
}): string {
  const { command, exitCode, endedBy, stderr, notFound } = facts
  if (notFound) return `${command}: no such program`
  const unfinished = endedBy === undefined ? 'could not be started' : `was ended by ${endedBy}`
  const ending = exitCode === undefined ? unfinished : `exited with ${exitCode}`
  const tail = stderr.trim().split('\n').slice(-TAIL_LINES).join('\n')
  return tail === '' ? `${command} ${ending}` : `${command} ${ending}:\n${tail}`
}

const TAIL_LINES = 12

/** Quotes a command so that a person can paste it into a POSIX shell. */
export function pasteable(file: string, args: readonly string[]): string {
  return [file, ...args].map(quote).join(' ')
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
