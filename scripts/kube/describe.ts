import type { CoreV1Event, V1Pod } from '@kubernetes/client-node'
import type { Text } from '../text.ts'
import type { Kube } from './kube.ts'
import { isReady } from './ready.ts'

/** An object, where its kind is clear. */
export interface Named {
  readonly namespace: string
  readonly name: string
}

/** What a Pod says of itself: `is ready`, `Pending`, `Running, container redis: CrashLoopBackOff: …`. */
export function describePod(pod: V1Pod): Text {
  if (isReady(pod)) return { en: 'is ready', zh: '已就绪' }
  if (pod.metadata?.deletionTimestamp) return { en: 'Terminating', zh: 'Terminating' }
  const phase = pod.status?.phase ?? 'Pending'
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  for (const { name, state, ready } of containers) {
    const stopped = state?.waiting ?? (ready ? undefined : state?.terminated)
    // "ContainerCreating" says nothing; the events of a Pod that hangs there say what it waits for.
    if (!stopped?.reason || /^(ContainerCreating|PodInitializing|Completed)$/.test(stopped.reason)) continue
    const why = [stopped.reason, stopped.message].filter(Boolean).join(': ')
    return { en: `${phase}, container ${name}: ${why}`, zh: `${phase}，容器 ${name}：${why}` }
  }
  return phase === 'Running' ? { en: 'Running but not ready', zh: 'Running，但未就绪' } : { en: phase, zh: phase }
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

/** The last warning about an object, else the last event; in English, as Kubernetes writes it. */
export async function lastEvent(kube: Kube, of: Named, kind: string, signal: AbortSignal): Promise<string | undefined> {
  const events = await eventsAbout(kube, of, kind, signal)
  return (events.findLast(({ type }) => type === 'Warning') ?? events.at(-1))?.message
}
