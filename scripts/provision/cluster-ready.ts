import type { V1Deployment, V1Node } from '@kubernetes/client-node'
import type { Kube } from '../kube/kube.ts'
import { isNodeReady } from '../kube/ready.ts'
import { waitFor, waitForAll } from '../kube/wait-for.ts'
import type { Observation } from '../wait/poll.ts'
import type { Waiting } from './api.ts'

const TIMEOUT_MS = 180_000

/** Waits until that many nodes are Ready. @returns their names. */
export async function untilNodesReady(kube: Kube, count: number, { signal, progress }: Waiting): Promise<string> {
  const look = (nodes: readonly V1Node[]): Observation<string> => {
    const names = nodes.map((node) => `${node.metadata?.name} ${isNodeReady(node) ? 'Ready' : 'not Ready'}`)
    const seen = names.join(', ') || 'no nodes'
    return nodes.length >= count && nodes.every(isNodeReady) ? { value: `${nodes.length} nodes Ready`, seen } : { seen }
  }
  const what = `${count} nodes are Ready`
  return waitForAll(kube, { apiVersion: 'v1', kind: 'Node' }, look, { what, timeoutMs: TIMEOUT_MS, signal, onSeen: progress })
}

/** Waits until cluster DNS answers: one CoreDNS is enough. */
export async function untilNamesResolve(kube: Kube, { signal, progress }: Waiting): Promise<void> {
  await untilAvailable(kube, { namespace: 'kube-system', name: 'coredns' }, { signal, progress })
}

/** Waits until a Deployment has an available Pod of its newest template. */
export async function untilAvailable(
  kube: Kube,
  { namespace, name }: { namespace: string; name: string },
  { signal, progress }: Waiting,
): Promise<void> {
  const look = (deployment: V1Deployment | undefined): Observation<true> => {
    const available = deployment?.status?.availableReplicas ?? 0
    const seen = deployment
      ? `Deployment ${name}: ${available} of ${deployment.spec?.replicas ?? 1} available`
      : `no Deployment ${name}`
    const current = deployment?.status?.observedGeneration === deployment?.metadata?.generation
    return available > 0 && current ? { value: true, seen } : { seen }
  }
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }
  await waitFor(kube, ref, look, { what: `Deployment ${name} is available`, timeoutMs: TIMEOUT_MS, signal, onSeen: progress })
}
