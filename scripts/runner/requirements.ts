import { parseVersionRange } from '../catalog/kubernetes-range.ts'
import type { Lab } from '../catalog/lab.ts'
import type { Kube, ObjectRef } from '../kube/kube.ts'

/** What shows that a cluster has a feature. */
const FEATURES: Readonly<Record<string, ObjectRef>> = {
  'metrics-server': { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name: 'v1beta1.metrics.k8s.io' },
}

/** @returns why a lab cannot run in this environment; `undefined` when it can. */
export async function missingRequirement(lab: Lab, kube: Kube, signal: AbortSignal): Promise<string | undefined> {
  const version = await kube.version(signal)
  if (!parseVersionRange(lab.kubernetes)?.(version)) return `needs Kubernetes ${lab.kubernetes}, and this is ${version}`
  const { nodes = 1, features = [] } = lab.requires ?? {}
  if (nodes > 1) {
    const found = await kube.list({ apiVersion: 'v1', kind: 'Node' }, signal)
    if (found.length < nodes) return `needs ${nodes} nodes, and there are ${found.length}`
  }
  for (const feature of features) {
    const shownBy = FEATURES[feature]
    if (!shownBy || !(await kube.get(shownBy, signal))) return `needs ${feature}, which this environment does not have`
  }
  return undefined
}
