import type { CommandResult } from '../process/command-runner.ts'

/** The machine that the NFS server runs on, from outside of Kubernetes. */
export interface NfsMachine {
  /** As volumes name it; it never changes in the life of an environment. */
  address(signal: AbortSignal): Promise<string>
  /** Runs a program on it; a non-zero exit code is a result, not an error. */
  run(command: readonly string[], signal: AbortSignal): Promise<CommandResult>
  /** The command a person types to run the same: `docker exec … `. */
  command(command: readonly string[]): string
}
