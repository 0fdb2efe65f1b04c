import type { V1PersistentVolumeClaim, V1StatefulSet } from '@kubernetes/client-node'
import type { ObjectRef } from '../kube/kube.ts'
import { untilGone, waitFor } from '../kube/wait-for.ts'
import type { Text } from '../text.ts'
import { type Check, type CheckContext, type Finding, say, undisturbed } from './check.ts'
import { directoryFate, type DirectoryBefore, lookAtDirectory } from './claim-directory.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { podReady } from './pod.ts'
import { restoring } from './restoring.ts'
import { statefulSetReady } from './statefulset.ts'
import { readClaim } from './volumes.ts'
import { untilMet } from './until-met.ts'

/** What becomes of a claim, and of its directory on the server. */
export interface Retention {
  /** The claim template's name. */
  readonly template: string
  readonly policy: 'Retain' | 'Delete'
}

/**
 * What scaling down does to a claim: the StatefulSet is scaled up by one Pod and down again. Whatever the others have is
 * left alone; a claim that only this check has made is removed.
 */
export function claimAfterScaling(name: string, { template, policy }: Retention): Check {
  return {
    id: `claim-after-scaling/${name}/${policy}`,
    kind: 'probe',
    title: titleOf(name, policy, { en: 'is scaled down', zh: '缩容' }),
    async run(context) {
      const set = await readReady(context, name)
      if ('met' in set) return set
      const replicas = set.spec?.replicas ?? 1
      const pod = `${name}-${(set.spec?.ordinals?.start ?? 0) + replicas}`
      const claim = `${template}-${pod}`
      const before = await readClaim(context, claim)
      const scale = (to: number, signal: AbortSignal): Promise<void> =>
        context.kube.patch(setRef(context, name), { spec: { replicas: to } }, signal)

      const work = async (): Promise<Finding> => {
        await scale(replicas + 1, context.signal)
        const up = await untilMet(podReady(pod), context, EFFECT_MS)
        if (!up.met) return up
        const had = await lookAt(context, [claim])
        const { uid } = (await context.kube.get(refOf('Pod', pod, context.namespace), context.signal))?.metadata ?? {}
        await scale(replicas, context.signal)
        await untilGone(context.kube, refOf('Pod', pod, context.namespace), { uid, ...waiting(context) })
        const subject = say(context, {
          en: `StatefulSet ${name} scaled from ${replicas + 1} to ${replicas}`,
          zh: `StatefulSet ${name} 从 ${replicas + 1} 缩容到 ${replicas}`,
        })
        return conclude(context, subject, await fatesOf(context, had, policy))
      }
      return restoring(work, async (signal) => {
        await scale(replicas, signal)
        if (before || !(await readClaim({ ...context, signal }, claim))) return
        await untilGone(context.kube, refOf('Pod', pod, context.namespace), { timeoutMs: EFFECT_MS, signal })
        await context.kube.delete(refOf('PersistentVolumeClaim', claim, context.namespace), { signal })
      })
    },
  }
}

/** What deleting a StatefulSet does to its claims: it is deleted and made again, as it was. */
export function claimsAfterDeletion(name: string, { template, policy }: Retention): Check {
  return {
    id: `claims-after-deletion/${name}/${policy}`,
    kind: 'probe',
    title: titleOf(name, policy, { en: 'is deleted', zh: '被删除' }),
    async run(context) {
      const set = await readReady(context, name)
      if ('met' in set) return set
      const replicas = set.spec?.replicas ?? 1
      const start = set.spec?.ordinals?.start ?? 0
      const pods = Array.from({ length: replicas }, (_, index) => `${name}-${start + index}`)
      const ref = setRef(context, name)

      const work = async (): Promise<Finding> => {
        const had = await lookAt(
          context,
          pods.map((pod) => `${template}-${pod}`),
        )
        await context.kube.delete(ref, { signal: context.signal })
        await untilGone(context.kube, ref, { uid: set.metadata?.uid, ...waiting(context) })
        for (const pod of pods) await untilGone(context.kube, refOf('Pod', pod, context.namespace), waiting(context))
        const subject = say(context, { en: `StatefulSet ${name} deleted`, zh: `StatefulSet ${name} 被删除` })
        return conclude(context, subject, await fatesOf(context, had, policy))
      }
      return restoring(work, async (signal) => {
        const limited = { ...context, signal }
        const { kube, namespace } = context
        // What was asked to go may not be gone yet, when this was interrupted.
        if ((await kube.get(ref, signal))?.metadata?.deletionTimestamp) {
          await untilGone(kube, ref, { uid: set.metadata?.uid, timeoutMs: EFFECT_MS, signal })
        }
        await kube.apply([unborn(set)], { namespace, signal })
        await untilMet(statefulSetReady(name, { replicas }), limited, EFFECT_MS)
      })
    },
  }
}

const EFFECT_MS = 90_000

function titleOf(name: string, policy: Retention['policy'], event: Text): Text {
  return policy === 'Delete'
    ? {
        en: `When ${name} ${event.en}, its claim and the directory on the server go`,
        zh: `${name} ${event.zh}时，PVC 和服务器上的目录随之删除`,
      }
    : {
        en: `When ${name} ${event.en}, its claim and the directory on the server stay`,
        zh: `${name} ${event.zh}时，PVC 和服务器上的目录都保留`,
      }
}

/** A StatefulSet all of whose Pods are ready: anything else is not to be disturbed. */
async function readReady(context: CheckContext, name: string): Promise<V1StatefulSet | Finding> {
  const set = await context.kube.get<V1StatefulSet>(setRef(context, name), context.signal)
  const ready = await statefulSetReady(name, { replicas: set?.spec?.replicas ?? 1 }).run(context)
  if (set && ready.met) return set
  return undisturbed(context, ready.message, ...ready.evidence)
}

function setRef({ namespace }: CheckContext, name: string): ObjectRef {
  return refOf('StatefulSet', name, namespace)
}

function waiting({ signal, progress }: CheckContext) {
  return { timeoutMs: EFFECT_MS, signal, onSeen: progress }
}

/** The object as it was written: what the API added would not be accepted again. */
function unborn({ metadata, spec }: V1StatefulSet): V1StatefulSet {
  const { name, labels, annotations } = metadata ?? {}
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...(name && { name }), ...(labels && { labels }), ...(annotations && { annotations }) },
    ...(spec && { spec }),
  }
}

interface ClaimBefore {
  readonly name: string
  readonly uid: string
  readonly directory: DirectoryBefore
}

async function lookAt(context: CheckContext, names: readonly string[]): Promise<ClaimBefore[]> {
  const claims = []
  for (const name of names) {
    const uid = (await readClaim(context, name))?.metadata?.uid ?? ''
    claims.push({ name, uid, directory: await lookAtDirectory(context, name) })
  }
  return claims
}

async function fatesOf(context: CheckContext, claims: readonly ClaimBefore[], policy: Retention['policy']): Promise<Fact[]> {
  const facts = []
  for (const claim of claims) {
    const gone = await isClaimGoing(context, claim)
    const [expected, observed] = [policy === 'Delete', gone].map((going) => fateText(context, claim.name, going))
    facts.push(fact(expected ?? '', observed ?? '', kubectl(context, 'get', 'pvc', claim.name)))
    if (gone === (policy === 'Delete')) facts.push(await directoryFate(context, claim.directory, policy))
  }
  return facts
}

/**
 * No waiting for what will not come: the controller makes the Pod or the StatefulSet that goes the owner of a claim that
 * is to go with it, before it lets it go. A claim without such an owner stays.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
 */
async function isClaimGoing(context: CheckContext, { name, uid }: ClaimBefore): Promise<boolean> {
  const present = await presentSets(context)
  const look = (claim: V1PersistentVolumeClaim | undefined) => {
    if (claim?.metadata?.uid !== uid) return { value: true, seen: 'gone' }
    const owned = claim.metadata.ownerReferences?.find(({ kind, name: owner }) => kind === 'Pod' || !present.has(owner))
    if (!claim.metadata.deletionTimestamp && !owned) return { value: false, seen: 'kept' }
    return { seen: `PVC ${name} is going` }
  }
  return waitFor<V1PersistentVolumeClaim, boolean>(context.kube, refOf('PersistentVolumeClaim', name, context.namespace), look, {
    what: say(context, { en: `PVC ${name} is gone`, zh: `PVC ${name} 已删除` }),
    ...waiting(context),
  })
}

/** The StatefulSets that are there: an owner that is not will take its claims with it. */
async function presentSets({ kube, namespace, signal }: CheckContext): Promise<ReadonlySet<string>> {
  const sets = await kube.list<V1StatefulSet>({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace }, signal)
  return new Set(sets.map(({ metadata }) => metadata?.name ?? ''))
}

function fateText(context: CheckContext, claim: string, gone: boolean): string {
  return gone
    ? say(context, { en: `PVC ${claim} deleted`, zh: `PVC ${claim} 已删除` })
    : say(context, { en: `PVC ${claim} kept`, zh: `PVC ${claim} 保留` })
}
