import type { V1ConfigMap } from '@kubernetes/client-node'
import type { Environment } from '../environment.ts'
import type { Provision } from '../images/source.ts'
import type { Kube } from '../kube/kube.ts'

/**
 * The mark that `up` came to its end. It lies in the cluster itself: a cluster without it is the rest of an `up` that
 * was killed, whatever else looks well.
 */
const MARK = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'statelab' }

export interface Completion {
  readonly environment: string
  readonly nodes: number
  readonly nodeImage: string
  /** Where its images came from. */
  readonly source: string
  /** The image of metrics-server; empty where the environment has none. */
  readonly metricsServer: string
}

export interface Marked extends Pick<Completion, 'nodes' | 'metricsServer'> {
  readonly provision: Provision
  readonly signal: AbortSignal
}

export async function markComplete(
  kube: Kube,
  env: Environment,
  { nodes, provision, metricsServer, signal }: Marked,
): Promise<string> {
  const data = {
    environment: env.name,
    nodes: String(nodes),
    nodeImage: provision.nodeImage,
    source: provision.source,
    metricsServer,
  }
  const { apiVersion, kind, name, namespace } = MARK
  await kube.apply([{ apiVersion, kind, metadata: { name, namespace }, data } as V1ConfigMap], { signal })
  return 'ConfigMap kube-system/statelab'
}

/** @returns `undefined` when the cluster was not completed by `up`. */
export async function readCompletion(kube: Kube, signal: AbortSignal): Promise<Completion | undefined> {
  const data = (await kube.get<V1ConfigMap>(MARK, signal))?.data
  if (!data) return undefined
  const { environment = '', nodes, nodeImage = '', source = '', metricsServer = '' } = data
  return { environment, nodes: Number(nodes), nodeImage, source, metricsServer }
}
