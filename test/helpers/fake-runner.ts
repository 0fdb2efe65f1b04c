import {
  CommandFailedError,
  type CommandResult,
  type CommandRunner,
  pasteable,
  type RunOptions,
} from '../../scripts/process/command-runner.ts'

/** What a program answers: its stdout, or more than that. `undefined` is an empty success. */
export type Answer = string | Partial<CommandResult> | undefined

export interface Call {
  readonly file: string
  readonly args: readonly string[]
  readonly options: RunOptions
}

/** Runs nothing: it records what it was asked for and answers what the test says, by the port's own rules. */
export class FakeRunner implements CommandRunner {
  readonly calls: Call[] = []
  readonly #answer: (command: string, options: RunOptions) => Answer | Promise<Answer>

  /** @param answer is given the command as it can be pasted into a shell. */
  constructor(answer: (command: string, options: RunOptions) => Answer | Promise<Answer> = () => undefined) {
    this.#answer = answer
  }

  /** The commands so far, in order. */
  get commands(): string[] {
    return this.calls.map(({ file, args }) => pasteable(file, args))
  }

  async run(file: string, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    options.signal?.throwIfAborted()
    this.calls.push({ file, args, options })
    const command = pasteable(file, args)
    const answer = await this.#answer(command, options)
    const result = { exitCode: 0, stdout: '', stderr: '', ...(typeof answer === 'string' ? { stdout: answer } : answer) }
    const { allow = [0] } = options
    if (allow === 'any' || allow.includes(result.exitCode)) return result
    throw new CommandFailedError({ command, exitCode: result.exitCode, stderr: result.stderr, notFound: false })
  }
}

/** The answer of a program that fails. */
export function failing(stderr: string, exitCode = 1): Answer {
  return { exitCode, stderr }
}
