import { parseVersionRange } from '../catalog/kubernetes-range.ts'
import type { Lab } from '../catalog/lab.ts'
import type { Kube, ObjectRef } from '../kube/kube.ts'
import type { Text } from '../text.ts'

/** What shows that a cluster has a feature. */
const FEATURES: Readonly<Record<string, ObjectRef>> = {
  'metrics-server': { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name: 'v1beta1.metrics.k8s.io' },
}

/** @returns why a lab cannot run in this environment; `undefined` when it can. */
export async function missingRequirement(lab: Lab, kube: Kube, signal: AbortSignal): Promise<Text | undefined> {
  const version = await kube.version(signal)
  if (!parseVersionRange(lab.kubernetes)?.(version)) {
    return {
      en: `needs Kubernetes ${lab.kubernetes}, and this is ${version}`,
      zh: `需要 Kubernetes ${lab.kubernetes}，这里是 ${version}`,
    }
  }
  const { nodes = 1, features = [] } = lab.requires ?? {}
  if (nodes > 1) {
    const found = await kube.list({ apiVersion: 'v1', kind: 'Node' }, signal)
    if (found.length < nodes) {
      return { en: `needs ${nodes} nodes, and there are ${found.length}`, zh: `需要 ${nodes} 个节点，这里有 ${found.length} 个` }
    }
  }
  for (const feature of features) {
    const shownBy = FEATURES[feature]
    if (!shownBy || !(await kube.get(shownBy, signal))) {
      return { en: `needs ${feature}, which this environment does not have`, zh: `需要 ${feature}，这个环境里没有` }
    }
  }
  return undefined
}
