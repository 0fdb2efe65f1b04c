import type { V1PersistentVolume, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node'
import type { Text } from '../text.ts'
import { claimsOf, describePod, lastEvent, type Named } from './describe.ts'
import type { Kube } from './kube.ts'

/**
 * Says in one line what a Pod is doing and, when it is not ready, why: its containers' reasons, its unbound claims, or
 * its last event.
 */
export async function explainPod(kube: Kube, { namespace, name }: Named, signal: AbortSignal): Promise<Text> {
  const pod = await kube.get<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace, name }, signal)
  if (!pod) return { en: `there is no Pod ${name}`, zh: `没有 Pod ${name}` }
  const state = describePod(pod)
  if (state.en !== 'Pending') return { en: `Pod ${name} ${state.en}`, zh: `Pod ${name} ${state.zh}` }
  for (const claimName of claimsOf(pod)) {
    const claim = await readClaim(kube, { namespace, name: claimName }, signal)
    if (claim?.status?.phase === 'Bound') continue
    return because(`Pod ${name} Pending`, await describeClaim(kube, { namespace, name: claimName }, claim, signal))
  }
  return because(`Pod ${name} Pending`, await toldLast(kube, { namespace, name }, 'Pod', signal))
}

/**
 * Says in one line whether a claim is bound and, when it is not, why: its class does not exist, a volume that fits does
 * not, or its last event.
 */
export async function explainClaim(kube: Kube, named: Named, signal: AbortSignal): Promise<Text> {
  return describeClaim(kube, named, await readClaim(kube, named, signal), signal)
}

async function describeClaim(
  kube: Kube,
  { namespace, name }: Named,
  claim: V1PersistentVolumeClaim | undefined,
  signal: AbortSignal,
): Promise<Text> {
  if (!claim) return { en: `there is no PVC ${name}`, zh: `没有 PVC ${name}` }
  const phase = claim.status?.phase ?? 'Pending'
  if (phase !== 'Pending') return because(`PVC ${name} ${phase}`)
  const missing = await missingFor(kube, claim, signal)
  return because(`PVC ${name} Pending`, missing ?? (await toldLast(kube, { namespace, name }, 'PersistentVolumeClaim', signal)))
}

/** Without a class somebody has to make the volume; also a class that does not exist may be the name of such volumes. */
async function missingFor(kube: Kube, { spec }: V1PersistentVolumeClaim, signal: AbortSignal): Promise<Text | undefined> {
  const className = spec?.storageClassName
  if (className && (await kube.get({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: className }, signal))) {
    return undefined
  }
  const volumes = await kube.list<V1PersistentVolume>({ apiVersion: 'v1', kind: 'PersistentVolume' }, signal)
  const unbound = volumes.filter(
    (volume) => (volume.spec?.storageClassName ?? '') === (className ?? '') && volume.status?.phase !== 'Bound',
  )
  const noClass = className && { en: `no StorageClass ${className}`, zh: `没有 StorageClass ${className}` }
  if (noClass && unbound.length === 0) return noClass
  const noDefault = className === undefined && { en: 'no default StorageClass', zh: '没有默认的 StorageClass' }
  const noVolume = noVolumeFor(spec, unbound)
  const first = noClass || noDefault
  return first ? { en: `${first.en}, and ${noVolume.en}`, zh: `${first.zh}，也${noVolume.zh}` } : noVolume
}

function noVolumeFor(spec: V1PersistentVolumeClaim['spec'], unbound: readonly V1PersistentVolume[]): Text {
  const { volumeName, accessModes = [], resources, selector } = spec ?? {}
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const rules = (selector?.matchExpressions ?? []).map(({ key, operator, values }) =>
    [key, operator, ...(values ? [`(${values.join(', ')})`] : [])].join(' '),
  )
  const wanted = [
    ...(volumeName ? [`PV ${volumeName}`] : []),
    resources?.requests?.storage ?? '-',
    ...accessModes,
    ...(labels.length + rules.length > 0 ? [`selector ${[...labels, ...rules].join(', ')}`] : []),
  ].join(', ')
  const seen = unbound.map((volume) => describeVolume(volume, selector !== undefined)).join(', ')
  return {
    en: `no PersistentVolume that fits: ${wanted}${seen && `; there is ${seen}`}`,
    zh: `没有合适的 PersistentVolume：${wanted}${seen && `；现有 ${seen}`}`,
  }
}

function describeVolume({ metadata, spec, status }: V1PersistentVolume, withLabels: boolean): string {
  const labels = withLabels ? Object.entries(metadata?.labels ?? {}).map(([key, value]) => `${key}=${value}`) : []
  return `${metadata?.name} (${[status?.phase ?? '-', spec?.capacity?.storage ?? '-', ...(spec?.accessModes ?? []), ...labels].join(', ')})`
}

function because(state: string, why?: Text): Text {
  return why ? { en: `${state}: ${why.en}`, zh: `${state}：${why.zh}` } : { en: state, zh: state }
}

/** Kubernetes writes its events in English. */
async function toldLast(kube: Kube, named: Named, kind: string, signal: AbortSignal): Promise<Text | undefined> {
  const message = await lastEvent(kube, named, kind, signal)
  return message ? { en: message, zh: message } : undefined
}

function readClaim(kube: Kube, { namespace, name }: Named, signal: AbortSignal): Promise<V1PersistentVolumeClaim | undefined> {
  return kube.get<V1PersistentVolumeClaim>({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name }, signal)
}
