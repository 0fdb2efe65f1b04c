import type { Command } from 'commander'
import type { PlainKey, Translate } from '../messages/translate.ts'
import type { Session } from './session.ts'

/** What was typed after the verb. */
export interface Input {
  readonly args: readonly string[]
  /** The verb's own flags, by commander's camel-case names; the common ones are in the session's settings. */
  readonly options: Readonly<Record<string, unknown>>
}

export type Group = 'group.begin' | 'group.labs' | 'group.authors' | 'group.environment' | 'group.inside'

/** One verb of the command line. */
export interface Verb {
  /** As commander reads it: `start <lab>`. */
  readonly usage: string
  readonly group: Group
  readonly summary: PlainKey
  /** Commands to try, shown below the verb's help. */
  readonly examples: readonly string[]
  /** Adds the verb's own flags. */
  configure?(command: Command, t: Translate): void
  /** Whether a bad verdict (exit code 1 without an error) leaves something in the log that its answer does not say. */
  readonly tellsLog?: boolean
  /** @returns the process's exit code. */
  run(session: Session, input: Input): Promise<number>
}
