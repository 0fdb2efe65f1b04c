import type { CoreV1Event, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node'
import type { Kube } from './kube.ts'
import { isReady } from './ready.ts'

interface Named {
  readonly namespace: string
  readonly name: string
}

/**
 * Says in one line what a Pod is doing and, when it is not ready, why: its containers' reasons, its unbound claims, or
 * its last event.
 */
export async function explainPod(kube: Kube, { namespace, name }: Named, signal: AbortSignal): Promise<string> {
  const pod = await kube.get<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace, name }, signal)
  if (!pod) return `there is no Pod ${name}`
  const state = describePod(pod)
  if (state !== 'Pending') return `Pod ${name} ${state}`
  for (const claim of claimsOf(pod)) {
    const seen = await explainClaim(kube, { namespace, name: claim }, signal)
    if (!seen.endsWith(' Bound')) return `Pod ${name} Pending: ${seen}`
  }
  const event = await lastEvent(kube, { namespace, name }, 'Pod', signal)
  return `Pod ${name} Pending${event ? `: ${event}` : ''}`
}

/** Says in one line whether a claim is bound and, when it is not, why: its class does not exist, or its last event. */
export async function explainClaim(kube: Kube, { namespace, name }: Named, signal: AbortSignal): Promise<string> {
  const claim = await kube.get<V1PersistentVolumeClaim>(
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name },
    signal,
  )
  if (!claim) return `there is no PVC ${name}`
  const phase = claim.status?.phase ?? 'Pending'
  if (phase !== 'Pending') return `PVC ${name} ${phase}`
  const className = claim.spec?.storageClassName
  if (className && !(await kube.get({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: className }, signal))) {
    return `PVC ${name} Pending: no StorageClass ${className}`
  }
  const event = await lastEvent(kube, { namespace, name }, 'PersistentVolumeClaim', signal)
  return `PVC ${name} Pending${event ? `: ${event}` : ''}`
}

/** What a Pod says of itself: `is ready`, `Pending`, `Running, container redis: CrashLoopBackOff: …`. */
export function describePod(pod: V1Pod): string {
  if (isReady(pod)) return 'is ready'
  if (pod.metadata?.deletionTimestamp) return 'Terminating'
  const phase = pod.status?.phase ?? 'Pending'
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  for (const { name, state, ready } of containers) {
    const stopped = state?.waiting ?? (ready ? undefined : state?.terminated)
    // "ContainerCreating" says nothing; the events of a Pod that hangs there say what it waits for.
    if (!stopped?.reason || /^(ContainerCreating|PodInitializing|Completed)$/.test(stopped.reason)) continue
    return `${phase}, container ${name}: ${[stopped.reason, stopped.message].filter(Boolean).join(': ')}`
  }
  return phase === 'Running' ? 'Running but not ready' : phase
}

/** The names of the claims a Pod mounts. */
export function claimsOf(pod: V1Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [])
}

/** Events about objects of a name, oldest first; objects that are gone included. */
export async function eventsAbout(
  kube: Kube,
  { namespace, name }: Named,
  kind: string,
  signal: AbortSignal,
): Promise<CoreV1Event[]> {
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`
  const events = await kube.list<CoreV1Event>({ apiVersion: 'v1', kind: 'Event', namespace, fieldSelector }, signal)
  return events.sort((a, b) => timeOf(a) - timeOf(b))
}

/** When an event was last seen, in milliseconds since 1970: the field depends on who wrote it. */
export function timeOf(event: CoreV1Event): number {
  return (event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? event.metadata.creationTimestamp)?.getTime() ?? 0
}

async function lastEvent(kube: Kube, of: Named, kind: string, signal: AbortSignal): Promise<string | undefined> {
  const events = await eventsAbout(kube, of, kind, signal)
  return (events.findLast(({ type }) => type === 'Warning') ?? events.at(-1))?.message
}
