import type { CommandRunner } from '../process/command-runner.ts'
import type { Output } from '../report/output.ts'
import type { Keyboard } from './keyboard.ts'

/** Everything of the process that a command may touch. `cli.ts` makes it from the real one. */
export interface Io {
  /** Carries the answer. */
  readonly stdout: Output
  /** Carries progress, diagnostics and errors. */
  readonly stderr: Output
  /** The stream behind `stderr` where it is a terminal that a live display may draw on. */
  readonly terminal: NodeJS.WriteStream | undefined
  readonly stdinIsTerminal: boolean
  /** Where a person presses keys: stdin, where it is a terminal. */
  readonly keyboard: Keyboard | undefined
  /** The program and its first arguments that start this tool again. */
  readonly self: readonly [file: string, ...args: string[]]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly platform: NodeJS.Platform
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal
  readonly runner: CommandRunner
}
