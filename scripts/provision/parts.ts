import type { Emit } from '../events.ts'
import type { CommandRunner } from '../process/command-runner.ts'

/** What every operation on an environment is given. */
export interface Operation {
  readonly runner: CommandRunner
  /** The project's folder: manifests/ is in it. */
  readonly root: string
  readonly signal: AbortSignal
  readonly emit: Emit
}
