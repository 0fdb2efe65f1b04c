import type { Kube, ObjectRef } from '../kube/kube.ts'
import { KubernetesError } from '../kube/kubernetes-error.ts'
import { type Observation, poll } from '../wait/poll.ts'

/** Something that not every environment has, by the name that a lab asks for it. */
export interface Feature {
  /** The object that shows that a cluster has it. */
  readonly shownBy: ObjectRef
  /** @throws {StatelabError} `timed-out` when it does not work in time. */
  untilWorks(kube: Kube, signal: AbortSignal): Promise<void>
}

export const FEATURES: Readonly<Record<string, Feature>> = {
  'metrics-server': {
    shownBy: { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name: 'v1beta1.metrics.k8s.io' },
    untilWorks: untilMetrics,
  },
}

/** `up` does not wait for metrics-server, which has nothing to tell in its first ten seconds. Figures cannot be watched. */
async function untilMetrics(kube: Kube, signal: AbortSignal): Promise<void> {
  const what = { en: 'metrics-server knows every node', zh: 'metrics-server 掌握每个节点的数据' }
  await poll((within) => lookAtMetrics(kube, within), { what, intervalMs: 1_000, timeoutMs: 60_000, signal })
}

async function lookAtMetrics(kube: Kube, signal: AbortSignal): Promise<Observation<true>> {
  try {
    const [nodes, metrics] = await Promise.all([
      kube.list({ apiVersion: 'v1', kind: 'Node' }, signal),
      kube.list({ apiVersion: 'metrics.k8s.io/v1beta1', kind: 'NodeMetrics' }, signal),
    ])
    const seen = `figures of ${metrics.length} of ${nodes.length} nodes`
    return metrics.length >= nodes.length ? { value: true, seen } : { seen }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof KubernetesError) return { seen: error.message }
    throw error
  }
}
