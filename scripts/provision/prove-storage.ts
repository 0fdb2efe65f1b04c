import { join } from 'node:path'
import type { V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node'
import { messageOf } from '../errors.ts'
import { explainClaim, explainPod } from '../kube/explain.ts'
import type { Kube } from '../kube/kube.ts'
import { loadManifest } from '../kube/manifests.ts'
import { untilGone, waitFor } from '../kube/wait-for.ts'
import type { Text } from '../text.ts'
import type { Observation } from '../wait/poll.ts'
import { cleanupSignal } from '../wait/deadline.ts'
import type { Waiting } from './api.ts'

const NAME = { namespace: 'kube-system', name: 'statelab-proof' }
const POD = { apiVersion: 'v1', kind: 'Pod', ...NAME }
const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...NAME }
const TIMEOUT_MS = 120_000

/**
 * Proves the whole path once: a claim gets a volume, a Pod mounts it and fsyncs a file on it, and with the claim the
 * volume goes away again. An environment in which this does not work is not one.
 */
export async function proveStorage(kube: Kube, folder: string, { signal, progress }: Waiting): Promise<string> {
  const startedAt = performance.now()
  try {
    // A Pod that an interrupted `up` left has proven something then, not now.
    await removeProof(kube, signal)
    await kube.apply(await loadManifest(join(folder, 'claim.yaml')), { signal })
    await untilBound(kube, { signal, progress })
    await kube.apply(await loadManifest(join(folder, 'pod.yaml')), { signal })
    const look = (pod: V1Pod | undefined): Observation<true> => {
      const seen = `Pod ${NAME.name} ${pod?.status?.phase ?? 'is not there'}`
      return pod?.status?.phase === 'Succeeded' ? { value: true, seen } : { seen }
    }
    const explain = (within: AbortSignal): Promise<Text> => explainPod(kube, NAME, within)
    const what = 'a Pod has fsynced a file on a dynamic volume'
    await waitFor(kube, POD, look, { what, timeoutMs: TIMEOUT_MS, signal, onSeen: progress, explain })
    const proven = `written and fsynced after ${((performance.now() - startedAt) / 1000).toFixed(1)}s`
    await removeProof(kube, signal)
    return proven
  } catch (error) {
    await removeProof(kube, cleanupSignal(15_000)).catch((cleanup) =>
      progress(`the proof was not removed: ${messageOf(cleanup)}`),
    )
    throw error
  }
}

/** A Pod that waits for its claim is tried again only now and then by the scheduler: made afterwards, it starts at once. */
async function untilBound(kube: Kube, { signal, progress }: Waiting): Promise<void> {
  const look = (claim: V1PersistentVolumeClaim | undefined): Observation<true> => {
    const seen = `PVC ${NAME.name} ${claim?.status?.phase ?? 'is not there'}`
    return claim?.status?.phase === 'Bound' ? { value: true, seen } : { seen }
  }
  const explain = (within: AbortSignal): Promise<Text> => explainClaim(kube, NAME, within)
  await waitFor(kube, CLAIM, look, { what: 'a claim gets a volume', timeoutMs: TIMEOUT_MS, signal, onSeen: progress, explain })
}

async function removeProof(kube: Kube, signal: AbortSignal): Promise<void> {
  const volume = (await kube.get<V1PersistentVolumeClaim>(CLAIM, signal))?.spec?.volumeName
  await kube.delete(POD, { gracePeriodSeconds: 0, signal })
  await kube.delete(CLAIM, { signal })
  if (volume === undefined) return
  await untilGone(kube, { apiVersion: 'v1', kind: 'PersistentVolume', name: volume }, { timeoutMs: TIMEOUT_MS, signal })
}
