import type { CommandResult } from '../process/command-runner.ts'

/**
 * The machines of a cluster, from outside of Kubernetes: what is on a node's disk, and the power switch. For labs about
 * what the API cannot show.
 */
export interface Nodes {
  list(signal: AbortSignal): Promise<readonly NodeMachine[]>
  /** Runs a program on a node, not in a Pod; a non-zero exit code is a result, not an error. */
  run(node: string, command: readonly string[], signal: AbortSignal): Promise<CommandResult>
  /** Switches a node off, as a power cut does: nothing on it can say goodbye. Off already is success. */
  stop(node: string, signal: AbortSignal): Promise<void>
  /** Switches a node on; the Node object is Ready some seconds later. On already is success. */
  start(node: string, signal: AbortSignal): Promise<void>
  /** The command a person types to run the same: `docker exec NODE …`. */
  command(node: string, command: readonly string[]): string
  /** The same for switching it off or on. */
  powerCommand(node: string, action: 'stop' | 'start'): string
}

export interface NodeMachine {
  /** As Kubernetes knows it. */
  readonly name: string
  readonly role: 'control-plane' | 'worker'
  readonly running: boolean
}

/** The machines of a role, in the order of the list. */
export async function nodesOfRole(
  nodes: Pick<Nodes, 'list'>,
  role: NodeMachine['role'],
  signal: AbortSignal,
): Promise<readonly NodeMachine[]> {
  return (await nodes.list(signal)).filter((node) => node.role === role)
}
