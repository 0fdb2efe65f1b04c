import type { Environment } from '../environment.ts'
import type { CommandRunner } from '../process/command-runner.ts'

/** One node's container. */
export interface NodeContainer {
  readonly name: string
  readonly role: 'control-plane' | 'worker'
  /** Docker's word: created, running, paused, restarting, exited, dead. */
  readonly state: string
  readonly image: string
  /** Where the API server is published on loopback; the control plane has it while it runs. */
  readonly apiPort?: number
}

/** kind's own label on its node containers. */
const CLUSTER_LABEL = 'io.x-k8s.kind.cluster'

/** The containers of a cluster's nodes, running or not: control plane first. */
export async function listNodes(runner: CommandRunner, cluster: string, signal: AbortSignal): Promise<NodeContainer[]> {
  const format = '{{.Names}}\t{{.Label "io.x-k8s.kind.role"}}\t{{.State}}\t{{.Image}}\t{{.Ports}}'
  const args = ['ps', '--all', '--filter', `label=${CLUSTER_LABEL}=${cluster}`, '--format', format]
  const { stdout } = await runner.run('docker', args, { signal })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', role, state = '', image = '', ports = ''] = line.split('\t')
      const [, apiPort] = /127\.0\.0\.1:(\d+)->6443/.exec(ports) ?? []
      return {
        name,
        role: role === 'control-plane' ? ('control-plane' as const) : ('worker' as const),
        state,
        image,
        ...(apiPort !== undefined && { apiPort: Number(apiPort) }),
      }
    })
    .sort((a, b) => a.role.localeCompare(b.role) || a.name.localeCompare(b.name))
}

/**
 * Removes the containers of a cluster's nodes with their anonymous volumes (gigabytes, which stay behind otherwise).
 * Needs no kind program, so that it works after anything.
 */
export async function removeNodes(runner: CommandRunner, env: Environment, signal: AbortSignal): Promise<number> {
  const nodes = await listNodes(runner, env.cluster, signal)
  await Promise.all(nodes.map(({ name }) => runner.run('docker', ['rm', '--force', '--volumes', name], { signal })))
  return nodes.length
}

/** Gets all of the nodes' containers to run, paused ones too. @returns how many did not. */
export async function startNodes(runner: CommandRunner, env: Environment, signal: AbortSignal): Promise<number> {
  const nodes = await listNodes(runner, env.cluster, signal)
  const paused = namesOf(nodes, (state) => state === 'paused')
  const stopped = namesOf(nodes, (state) => state !== 'running' && state !== 'paused')
  // Docker refuses to start what is paused.
  if (paused.length > 0) await runner.run('docker', ['unpause', ...paused], { signal })
  if (stopped.length > 0) await runner.run('docker', ['start', ...stopped], { signal })
  return paused.length + stopped.length
}

/** Stops the nodes' containers. @returns how many ran. */
export async function stopNodes(runner: CommandRunner, env: Environment, signal: AbortSignal): Promise<number> {
  const running = namesOf(await listNodes(runner, env.cluster, signal), (state) => state === 'running')
  if (running.length > 0) await runner.run('docker', ['stop', ...running], { signal })
  return running.length
}

function namesOf(nodes: readonly NodeContainer[], matches: (state: string) => boolean): string[] {
  return nodes.filter(({ state }) => matches(state)).map(({ name }) => name)
}
