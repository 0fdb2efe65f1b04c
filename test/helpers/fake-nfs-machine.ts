import type { NfsMachine } from '../../scripts/nfs/nfs-machine.ts'
import type { CommandResult } from '../../scripts/process/command-runner.ts'

/** An NFS server's machine in memory. */
export class FakeNfsMachine implements NfsMachine {
  /** What was asked of it, in order. */
  readonly calls: string[] = []
  /** What programs on it answer. */
  onRun: (command: readonly string[]) => CommandResult = () => ({ exitCode: 0, stdout: '', stderr: '' })

  async address(): Promise<string> {
    return '10.0.0.10'
  }

  async run(command: readonly string[]): Promise<CommandResult> {
    this.calls.push(command.join(' '))
    return this.onRun(command)
  }

  command(command: readonly string[]): string {
    return `docker exec nfs ${command.join(' ')}`
  }
}
