import type { V1Pod } from '@kubernetes/client-node'
import { claimsOf, eventsAbout, timeOf } from '../kube/describe.ts'
import { explainPod } from '../kube/explain.ts'
import { isReady } from '../kube/ready.ts'
import { startWatching, type Watching } from '../kube/watching.ts'
import { queryOf } from '../kube/wait-for.ts'
import { orWhenTimedOut } from '../wait/deadline.ts'
import { type CheckContext, type Finding, say, unmet } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import type { Disturbance } from './survives.ts'
import { readClaim } from './volumes.ts'

export interface PodDeletion {
  /** Without grace: the Pod's processes are killed and save nothing. */
  readonly force?: boolean
  /** The Pod must come back with another address; it is deleted again (at most twice) while it has not. */
  readonly newAddress?: boolean
  /** How long the Pod may take to be ready again. Default 120 s. */
  readonly timeoutMs?: number
}

/**
 * A Pod is deleted and its controller makes it again: another UID, the same claims on the same volumes.
 * A Pod that nothing would make again is left alone.
 */
export function podDeleted(name: string, options: PodDeletion = {}): Disturbance {
  const { force = false, newAddress = false } = options
  return {
    id: `pod-${force ? 'killed' : 'deleted'}/${name}`,
    title: {
      en: `Pod ${name} was ${force ? 'killed without grace' : 'deleted'}`,
      zh: `Pod ${name} 被${force ? '强制终止' : '删除'}`,
    },
    async run(context) {
      const before = await readPod(context, name)
      if (!before) return unmet(say(context, { en: `there is no Pod ${name}`, zh: `没有 Pod ${name}` }))
      if (!before.metadata?.ownerReferences?.some(({ controller }) => controller)) {
        return unmet(
          say(context, {
            en: `Pod ${name} has no controller that would make it again, so it was not deleted`,
            zh: `Pod ${name} 没有会重建它的控制器，所以没有删除它`,
          }),
        )
      }
      const claims = await claimIdentities(context, before)
      const replaced = await replace(context, before, options)
      if ('why' in replaced) return unmet(replaced.why, replaced.evidence)
      const after = await claimIdentities(context, replaced.pod)
      const cameBack = say(context, {
        en: `Pod ${name} was ${force ? 'killed' : 'deleted'} and came back`,
        zh: `Pod ${name} 被${force ? '强制终止' : '删除'}，又回来了`,
      })
      return conclude(context, cameBack, [
        changed(context, name, 'UID', before.metadata.uid, replaced.pod.metadata?.uid),
        ...(newAddress ? [changed(context, name, 'IP', before.status?.podIP, replaced.pod.status?.podIP)] : []),
        ...unchanged(context, claims, after),
      ])
    },
    // A deletion without grace leaves no trace that tells it from a graceful one.
    ...(!force && !newAddress && { proven: (context: CheckContext) => deletedBefore(context, name) }),
  }
}

const READY_MS = 120_000
const MAX_DELETIONS = 3

type Replaced = { readonly pod: V1Pod } | { readonly why: string; readonly evidence: Finding['evidence'][number] }

async function replace(context: CheckContext, before: V1Pod, options: PodDeletion): Promise<Replaced> {
  const { kube, namespace, signal } = context
  const ref = refOf('Pod', before.metadata?.name ?? '', namespace)
  await using watching = await startWatching<V1Pod>(kube, queryOf(ref), signal)
  let pod = before
  for (let deletions = 0; deletions < MAX_DELETIONS; deletions++) {
    await kube.delete(ref, { ...(options.force && { gracePeriodSeconds: 0 }), signal })
    const next = await untilReplaced(context, watching, pod, options.timeoutMs ?? READY_MS)
    if (typeof next === 'string') {
      const command = kubectl(context, 'describe', 'pod', ref.name)
      return {
        why: say(context, {
          en: `Pod ${ref.name} was deleted and did not come back: ${next}`,
          zh: `Pod ${ref.name} 被删除后没有回来：${next}`,
        }),
        evidence: { expected: say(context, { en: 'ready again', zh: '重新就绪' }), observed: next, command },
      }
    }
    pod = next
    if (!options.newAddress || pod.status?.podIP !== before.status?.podIP) break
  }
  return { pod }
}

/** @returns the ready Pod of the same name and another UID, or what was seen last. */
async function untilReplaced(
  context: CheckContext,
  watching: Watching<V1Pod>,
  old: V1Pod,
  timeoutMs: number,
): Promise<V1Pod | string> {
  const { kube, namespace, signal, progress } = context
  const name = old.metadata?.name ?? ''
  const replacement = (pods: readonly V1Pod[]) => {
    const pod = pods.find(({ metadata }) => metadata?.uid !== old.metadata?.uid)
    if (pod && isReady(pod)) return { value: pod, seen: 'ready' }
    return {
      seen: pod
        ? `Pod ${name} ${pod.status?.phase ?? 'Pending'}`
        : pods.length > 0
          ? say(context, { en: `Pod ${name} is ending`, zh: `Pod ${name} 正在结束` })
          : say(context, { en: `Pod ${name} is gone`, zh: `Pod ${name} 已经没有了` }),
    }
  }
  return orWhenTimedOut(
    watching.until(replacement, {
      what: say(context, { en: `Pod ${name} is ready again`, zh: `Pod ${name} 重新就绪` }),
      timeoutMs,
      signal,
      onSeen: progress,
    }),
    async () => say(context, await explainPod(kube, { namespace, name }, signal)),
  )
}

/**
 * The learner's own deletion: an event tells of a Pod of this name with another UID, and the claims of the running Pod
 * are older than that event, so that Pod had them too. The running Pod must be in its first run: what a container's
 * restart leaves behind would otherwise look the same.
 */
async function deletedBefore(context: CheckContext, name: string): Promise<{ finding: Finding; since: Date } | undefined> {
  const { kube, namespace, signal } = context
  const pod = await readPod(context, name)
  const [container] = pod?.status?.containerStatuses ?? []
  const since = container?.state?.running?.startedAt
  if (!pod || !isReady(pod) || !since || container.restartCount !== 0) return undefined
  const events = await eventsAbout(kube, { namespace, name }, 'Pod', signal)
  const earlier = events.findLast(
    ({ involvedObject }) => involvedObject.uid !== undefined && involvedObject.uid !== pod.metadata?.uid,
  )
  if (!earlier) return undefined
  const uid = pod.metadata?.uid ?? ''
  const command = kubectl(context, 'get', 'events', '--field-selector', `involvedObject.kind=Pod,involvedObject.name=${name}`)
  const facts = [
    fact(
      say(context, { en: `a Pod of another UID than ${uid}`, zh: `UID 不同于 ${uid} 的 Pod` }),
      `${earlier.reason}, UID ${earlier.involvedObject.uid}`,
      command,
      true,
    ),
  ]
  for (const claimName of claimsOf(pod)) {
    const created = (await readClaim(context, claimName))?.metadata?.creationTimestamp
    const older = created !== undefined && created.getTime() <= timeOf(earlier)
    facts.push(
      fact(
        say(context, { en: `PVC ${claimName} older than that`, zh: `PVC ${claimName} 比它更早` }),
        `PVC ${claimName} ${created?.toISOString()}`,
        kubectl(context, 'get', 'pvc', claimName),
        older,
      ),
    )
  }
  return {
    finding: conclude(
      context,
      say(context, { en: `Pod ${name} was deleted and came back`, zh: `Pod ${name} 被删除，又回来了` }),
      facts,
    ),
    since,
  }
}

function readPod({ kube, namespace, signal }: CheckContext, name: string): Promise<V1Pod | undefined> {
  return kube.get<V1Pod>(refOf('Pod', name, namespace), signal)
}

/** For each claim of a Pod, its UID and its volume. */
export async function claimIdentities(context: CheckContext, pod: V1Pod): Promise<ReadonlyMap<string, string>> {
  const identities = new Map<string, string>()
  for (const name of claimsOf(pod)) {
    const claim = await readClaim(context, name)
    identities.set(
      name,
      claim ? `UID ${claim.metadata?.uid}, PV ${claim.spec?.volumeName ?? '-'}` : say(context, { en: 'gone', zh: '没有了' }),
    )
  }
  return identities
}

export function changed(
  context: CheckContext,
  pod: string,
  field: 'UID' | 'IP',
  before: string | undefined,
  after: string | undefined,
): Fact {
  const path = field === 'UID' ? '{.metadata.uid}' : '{.status.podIP}'
  const command = kubectl(context, 'get', 'pod', pod, '-o', `jsonpath=${path}`)
  return fact(
    say(context, { en: `${field} other than ${before}`, zh: `${field} 不同于 ${before}` }),
    `${field} ${after}`,
    command,
    after !== undefined && after !== before,
  )
}

export function unchanged(
  context: CheckContext,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Fact[] {
  return [...before].map(([claim, identity]) =>
    fact(
      say(context, { en: `PVC ${claim} still ${identity}`, zh: `PVC ${claim} 仍是 ${identity}` }),
      say(context, {
        en: `PVC ${claim} still ${after.get(claim) ?? 'not mounted'}`,
        zh: `PVC ${claim} 仍是 ${after.get(claim) ?? '没有挂载'}`,
      }),
      kubectl(context, 'get', 'pvc', claim),
    ),
  )
}
