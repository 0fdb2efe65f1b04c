import type { V1Deployment, V1Node } from '@kubernetes/client-node'
import { leadsToOwnCluster } from '../cluster/kubeconfig.ts'
import { listNodes, type NodeContainer } from '../cluster/nodes.ts'
import type { Environment } from '../environment.ts'
import { messageOf } from '../errors.ts'
import { connect } from '../kube/connect.ts'
import type { Kube } from '../kube/kube.ts'
import { isNodeReady } from '../kube/ready.ts'
import { EXPORT_PATH } from '../nfs/export-path.ts'
import { readNfsServer } from '../nfs/server.ts'
import type { CommandRunner } from '../process/command-runner.ts'
import { withTimeout } from '../wait/deadline.ts'
import { readCompletion } from './completion.ts'
import { METRICS_SERVER, type MetricsServerState, metricsServerState } from './metrics-server.ts'
import { PROVISIONER } from './provisioner.ts'

/**
 * `absent`: nothing is there. `stopped`: the nodes' containers are, but do not run. `unfinished`: an `up` was killed.
 * `unreachable`: the API does not answer. `degraded`: a node is not Ready. `running`: all is well.
 */
export type ClusterState = 'absent' | 'stopped' | 'unfinished' | 'unreachable' | 'degraded' | 'running'

/** The documented JSON of `status`, without its `schema` and the labs. */
export interface EnvironmentStatus {
  readonly name: string
  readonly cluster: {
    readonly state: ClusterState
    readonly nodes: number
    readonly kubernetes: string
    readonly kubeconfig: string
  }
  readonly nfs: {
    readonly state: 'absent' | 'stopped' | 'unhealthy' | 'running'
    readonly server: string
    readonly export: string
  }
  readonly provisioner: { readonly state: 'absent' | 'unknown' | 'unavailable' | 'running'; readonly version: string }
  readonly metricsServer: { readonly state: MetricsServerState; readonly version: string }
}

/** True when there is nothing that `up` would do: it does not wait for metrics-server, but installs it. */
export function isHealthy({ cluster, nfs, provisioner, metricsServer }: EnvironmentStatus): boolean {
  const isRunning = [cluster, nfs, provisioner].every(({ state }) => state === 'running')
  return isRunning && ['none', 'starting', 'running'].includes(metricsServer.state)
}

/** Reads what exists and whether it works. Nothing is changed, and nothing is believed that was written down before. */
export async function readStatus(
  env: Environment,
  runner: CommandRunner,
  signal: AbortSignal,
  open: typeof openOwn = openOwn,
): Promise<EnvironmentStatus> {
  const [containers, nfs] = await Promise.all([listNodes(runner, env.cluster, signal), readNfsServer(env, signal, runner)])
  const running = containers.length > 0 && containers.every(({ state }) => state === 'running')
  const kube = running ? await open(env, containers) : undefined
  const inside = kube ? await readInside(kube, signal) : NOTHING_INSIDE
  const without = containers.length === 0 ? 'absent' : 'stopped'
  return {
    name: env.name,
    cluster: {
      state: running ? inside.state : without,
      nodes: containers.length,
      kubernetes: inside.kubernetes,
      kubeconfig: env.kubeconfig,
    },
    nfs: { state: nfs.state, server: nfs.address ?? '', export: EXPORT_PATH },
    provisioner: containers.length === 0 ? { state: 'absent', version: '' } : inside.provisioner,
    metricsServer: containers.length === 0 ? { state: 'absent', version: '' } : inside.metricsServer,
  }
}

/** No kubeconfig but one that leads to this cluster is used, wherever the file came from; `up` writes it anew. */
async function openOwn(env: Environment, nodes: readonly NodeContainer[]): Promise<Kube | undefined> {
  return (await leadsToOwnCluster(env, nodes)) ? connect(env.kubeconfig) : undefined
}

interface Inside extends Pick<EnvironmentStatus, 'provisioner' | 'metricsServer'> {
  readonly state: Exclude<ClusterState, 'absent' | 'stopped'>
  readonly kubernetes: string
}

const NOTHING_INSIDE: Inside = {
  state: 'unreachable',
  kubernetes: '',
  provisioner: { state: 'unknown', version: '' },
  metricsServer: { state: 'unknown', version: '' },
}

/** An API server that does not answer at once is as good as none: status must say so, not hang. */
const ANSWER_MS = 5_000

async function readInside(kube: Kube, parent: AbortSignal): Promise<Inside> {
  const signal = withTimeout(parent, ANSWER_MS)
  try {
    const [completion, kubernetes, nodes, provisioner, metricsServer] = await Promise.all([
      readCompletion(kube, signal),
      kube.version(signal),
      kube.list<V1Node>({ apiVersion: 'v1', kind: 'Node' }, signal),
      kube.get<V1Deployment>({ apiVersion: 'apps/v1', kind: 'Deployment', ...PROVISIONER }, signal),
      kube.get<V1Deployment>({ apiVersion: 'apps/v1', kind: 'Deployment', ...METRICS_SERVER }, signal),
    ])
    const ready = nodes.length >= (completion?.nodes ?? 0) && nodes.every(isNodeReady)
    return {
      state: !completion ? 'unfinished' : ready ? 'running' : 'degraded',
      kubernetes,
      provisioner: provisionerStatus(provisioner),
      metricsServer: {
        state: metricsServerState(metricsServer, completion !== undefined && completion.metricsServer !== ''),
        version: versionOf(metricsServer),
      },
    }
  } catch (error) {
    parent.throwIfAborted()
    return { ...NOTHING_INSIDE, provisioner: { state: 'unknown', version: messageOf(error) } }
  }
}

function provisionerStatus(deployment: V1Deployment | undefined): EnvironmentStatus['provisioner'] {
  if (!deployment) return { state: 'absent', version: '' }
  const available = (deployment.status?.availableReplicas ?? 0) > 0
  return { state: available ? 'running' : 'unavailable', version: versionOf(deployment) }
}

function versionOf(deployment: V1Deployment | undefined): string {
  const image = deployment?.spec?.template.spec?.containers[0]?.image ?? ''
  return image.slice(image.lastIndexOf(':') + 1)
}
