import type { V1PersistentVolumeClaim, V1StatefulSet } from '@kubernetes/client-node'
import { type CheckContext, say } from './check.ts'
import { type Fact, fact, kubectl } from './facts.ts'

/** For each claim that a StatefulSet's templates have made, its UID and its volume; those of Pods that are gone included. */
export async function claimsOfSet(
  { kube, namespace, signal }: CheckContext,
  set: V1StatefulSet,
): Promise<ReadonlyMap<string, string>> {
  const prefixes = (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => `${metadata?.name}-${set.metadata?.name}-`)
  const query = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace }
  const identities = new Map<string, string>()
  for (const { metadata, spec } of await kube.list<V1PersistentVolumeClaim>(query, signal)) {
    const name = metadata?.name ?? ''
    if (!prefixes.some((prefix) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))) continue
    identities.set(name, `UID ${metadata?.uid}, PV ${spec?.volumeName ?? '-'}`)
  }
  return identities
}

/** Each claim that was there before is there, on the same volume. */
export function claimsKept(
  context: CheckContext,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Fact[] {
  const still = (claim: string, identity: string): string =>
    say(context, { en: `PVC ${claim} still ${identity}`, zh: `PVC ${claim} 仍是 ${identity}` })
  const gone = say(context, { en: 'gone', zh: '没有了' })
  return [...before].map(([claim, identity]) =>
    fact(still(claim, identity), still(claim, after.get(claim) ?? gone), kubectl(context, 'get', 'pvc', claim)),
  )
}
