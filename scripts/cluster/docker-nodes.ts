import type { Environment } from '../environment.ts'
import { StatelabError } from '../errors.ts'
import { type CommandRunner, pasteable } from '../process/command-runner.ts'
import { listNodes, type NodeContainer } from './nodes.ts'
import type { Nodes } from './nodes-port.ts'

/** The nodes of a kind cluster: each is a container. A name that is no node of this environment is refused. */
export function dockerNodes(runner: CommandRunner, env: Environment): Nodes {
  // Checks run programs on a node again and again; Docker is not asked each time whose it is.
  let known: readonly string[] = []
  const look = async (signal: AbortSignal): Promise<NodeContainer[]> => {
    const nodes = await listNodes(runner, env.cluster, signal)
    known = nodes.map(({ name }) => name)
    return nodes
  }
  const own = async (node: string, signal: AbortSignal): Promise<string> => {
    if (!known.includes(node)) await look(signal)
    if (known.includes(node)) return node
    const message = `environment ${env.name} has no node ${JSON.stringify(node)}`
    throw new StatelabError('not-found', message, { fix: `its nodes: ${known.join(', ')}` })
  }
  return {
    async list(signal) {
      const nodes = await look(signal)
      return nodes.map(({ name, role, state }) => ({ name, role, running: state === 'running' }))
    },
    async run(node, command, signal) {
      return runner.run('docker', ['exec', await own(node, signal), ...command], { signal, allow: 'any' })
    },
    async stop(node, signal) {
      // Not `docker stop`: systemd would end the kubelet and its Pods politely.
      const found = (await look(signal)).find(({ name }) => name === node)
      if (found?.state === 'running') await runner.run('docker', ['kill', found.name], { signal })
      else await own(node, signal)
    },
    async start(node, signal) {
      await runner.run('docker', ['start', await own(node, signal)], { signal })
    },
    command: (node, command) => pasteable('docker', ['exec', node, ...command]),
    powerCommand: (node, action) => pasteable('docker', [action === 'stop' ? 'kill' : 'start', node]),
  }
}
