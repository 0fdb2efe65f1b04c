import { join } from 'node:path'
import type { KubernetesObject, V1Deployment, V1Node } from '@kubernetes/client-node'
import { StatelabError } from '../errors.ts'
import type { Kube } from '../kube/kube.ts'
import { loadManifest } from '../kube/manifests.ts'

/** Where metrics-server runs: upstream's names. */
export const METRICS_SERVER = { namespace: 'kube-system', name: 'metrics-server' }

/**
 * `none`: the environment was made without it. `absent`: it was removed. `starting`: it has its first figures ten
 * seconds after its start. `unavailable`: it was stopped, or does not start.
 */
export type MetricsServerState = 'none' | 'absent' | 'unknown' | 'starting' | 'unavailable' | 'running'

/**
 * Applies metrics-server and its rights, and registers its API after it, so that there is one for as short a time as
 * possible without a server. Does not wait: nothing of an environment but the labs about it needs it.
 */
export async function applyMetricsServer(
  kube: Kube,
  folder: string,
  { image, signal }: { image: string; signal: AbortSignal },
): Promise<void> {
  const files = ['rbac.yaml', 'deployment.yaml', 'api.yaml'].map((name) => loadManifest(join(folder, name)))
  const objects = (await Promise.all(files)).flat().map((object) => withImage(object, image))
  await kube.apply(objects, { signal })
}

/** Whether a node has the image: those of an environment that an earlier version made may not. */
export async function nodesHave(kube: Kube, image: string, signal: AbortSignal): Promise<boolean> {
  const nodes = await kube.list<V1Node>({ apiVersion: 'v1', kind: 'Node' }, signal)
  return nodes.some(({ status }) => status?.images?.some(({ names }) => names?.includes(image)))
}

/** @param expected whether `up` installed it. */
export function metricsServerState(deployment: V1Deployment | undefined, expected: boolean): MetricsServerState {
  if (!deployment) return expected ? 'absent' : 'none'
  const { availableReplicas = 0, conditions = [] } = deployment.status ?? {}
  if (availableReplicas > 0) return 'running'
  const isStuck = conditions.some(({ type, status }) => type === 'Progressing' && status === 'False')
  return isStuck || deployment.spec?.replicas === 0 ? 'unavailable' : 'starting'
}

function withImage(object: KubernetesObject, image: string): KubernetesObject {
  if (object.kind !== 'Deployment') return object
  const deployment = structuredClone(object) as V1Deployment
  const [container] = deployment.spec?.template.spec?.containers ?? []
  if (!container) throw new StatelabError('operation-failed', 'manifests/metrics-server/deployment.yaml has no container')
  container.image = image
  return deployment
}
