import type { NodeMachine, Nodes } from '../../scripts/cluster/nodes-port.ts'
import type { CommandResult } from '../../scripts/process/command-runner.ts'

/** Machines in memory: a control plane and a worker that can be switched off and on. */
export class FakeNodes implements Nodes {
  /** What was asked of it, in order: `stop worker`. */
  readonly calls: string[] = []
  /** What programs on a node answer. */
  onRun: (node: string, command: readonly string[]) => CommandResult = () => ({ exitCode: 0, stdout: '', stderr: '' })
  readonly #off = new Set<string>()

  async list(): Promise<readonly NodeMachine[]> {
    const machine = (name: string, role: NodeMachine['role']): NodeMachine => ({ name, role, running: !this.#off.has(name) })
    return [machine('control-plane', 'control-plane'), machine('worker', 'worker')]
  }

  async run(node: string, command: readonly string[]): Promise<CommandResult> {
    this.calls.push(`run ${node} ${command.join(' ')}`)
    return this.onRun(node, command)
  }

  async stop(node: string): Promise<void> {
    this.calls.push(`stop ${node}`)
    this.#off.add(node)
  }

  async start(node: string): Promise<void> {
    this.calls.push(`start ${node}`)
    this.#off.delete(node)
  }

  command(node: string, command: readonly string[]): string {
    return `docker exec ${node} ${command.join(' ')}`
  }

  powerCommand(node: string, action: 'stop' | 'start'): string {
    return `docker ${action === 'stop' ? 'kill' : 'start'} ${node}`
  }
}
