import type { V1Container, V1Pod, V1StatefulSet } from '@kubernetes/client-node'
import { describePod } from '../../kube/describe.ts'
import type { ObjectRef } from '../../kube/kube.ts'
import { isReady } from '../../kube/ready.ts'
import { waitFor } from '../../kube/wait-for.ts'
import { type CheckContext, type Finding, say, undisturbed, unmet } from '../check.ts'
import { conclude, type Fact, fact, kubectl } from '../facts.ts'
import { refOf } from '../kinds.ts'
import { podReady } from '../pod.ts'
import { restoring } from '../restoring.ts'
import { claimsKept, claimsOfSet } from '../set-claims.ts'
import { statefulSetReady } from '../statefulset.ts'
import type { Disturbance } from '../survives.ts'
import { untilMet } from '../until-met.ts'

/**
 * A rollout that breaks: the first container gets an image that cannot run, the template is set back, and the Pod with
 * the highest ordinal is stuck all the same until it is deleted; then it comes back, on the claims it had.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
 * https://github.com/kubernetes/kubernetes/issues/67250
 * @param options.image one that no registry has.
 */
export function brokenRollout(name: string, { image }: { readonly image: string }): Disturbance {
  return {
    id: `broken-rollout/${name}`,
    title: {
      en: `StatefulSet ${name} was rolled out with ${image} and back`,
      zh: `StatefulSet ${name} 更新到 ${image} 又回滚`,
    },
    async run(context) {
      const { kube, namespace, signal } = context
      const ref = refOf('StatefulSet', name, namespace)
      const set = await kube.get<V1StatefulSet>(ref, signal)
      const refused = await whyNot(context, name, set)
      if (!set || refused) return refused ?? unmet(name)
      const top = (set.spec?.ordinals?.start ?? 0) + (set.spec?.replicas ?? 1) - 1
      const rollout: Rollout = { ref, set, pod: refOf('Pod', `${name}-${top}`, namespace), image }
      const claims = await claimsOfSet(context, set)
      const facts = await restoring(
        () => breakAndRepair(context, rollout),
        (within) => repair({ ...context, signal: within }, rollout),
      )
      return conclude(context, say(context, this.title), [
        ...facts,
        ...claimsKept(context, claims, await claimsOfSet(context, set)),
      ])
    },
  }
}

interface Rollout {
  readonly ref: ObjectRef
  readonly set: V1StatefulSet
  /** The Pod with the highest ordinal, the first to be replaced. */
  readonly pod: ObjectRef
  readonly image: string
}

/** A pull that fails says so in seconds; a registry that does not answer takes a while. */
const BROKEN_MS = 120_000
const READY_MS = 120_000

/** Only what is whole is broken, and only what updates by itself, in order. */
async function whyNot(context: CheckContext, name: string, set: V1StatefulSet | undefined): Promise<Finding | undefined> {
  const ready = await statefulSetReady(name, { replicas: set?.spec?.replicas ?? 1 }).run(context)
  if (!set || !ready.met) return undisturbed(context, ready.message, ...ready.evidence)
  const { updateStrategy, podManagementPolicy } = set.spec ?? {}
  const strategy = updateStrategy?.type ?? 'RollingUpdate'
  const held = (updateStrategy?.rollingUpdate?.partition ?? 0) >= (set.spec?.replicas ?? 1)
  if (strategy === 'RollingUpdate' && !held && (podManagementPolicy ?? 'OrderedReady') === 'OrderedReady') return undefined
  const policies = `(${podManagementPolicy}, ${strategy})`
  return undisturbed(context, {
    en: `StatefulSet ${name} does not update its Pods in order by itself ${policies}`,
    zh: `StatefulSet ${name} 不会自动按顺序更新 Pod ${policies}`,
  })
}

async function breakAndRepair(context: CheckContext, rollout: Rollout): Promise<Fact[]> {
  const { kube, signal } = context
  const { pod, image, set } = rollout
  const containers = set.spec?.template.spec?.containers ?? []
  await setContainers(
    context,
    rollout,
    containers.map((container, index) => (index === 0 ? { ...container, image } : container)),
  )
  const broken = await untilBroken(context, rollout)
  await setContainers(context, rollout, containers)
  const seen = await untilRollbackSeen(context, rollout)
  const stuck = await kube.get<V1Pod>(pod, signal)
  const facts = [seen, stuckFact(context, rollout, broken, stuck)]
  if (stuck?.metadata?.uid !== broken.metadata?.uid) return facts
  await kube.delete(pod, { signal })
  const freed = await untilMet(podReady(pod.name), context, READY_MS)
  const command = kubectl(context, 'get', 'pod', pod.name, '-o', 'wide')
  const runs = say(context, { en: `${pod.name} ready after its deletion`, zh: `删除 ${pod.name} 之后它就绪` })
  return [...facts, fact(runs, freed.met ? runs : freed.message, command)]
}

function setContainers({ kube, signal }: CheckContext, { ref }: Rollout, containers: readonly V1Container[]): Promise<void> {
  return kube.patch(ref, { spec: { template: { spec: { containers } } } }, signal)
}

/** The new Pod is there, and its container cannot start. */
async function untilBroken({ kube, signal, progress, ...context }: CheckContext, { pod, image }: Rollout): Promise<V1Pod> {
  return waitFor<V1Pod, V1Pod>(
    kube,
    pod,
    (found) => {
      const state = found ? say(context, describePod(found)) : '-'
      if (found?.spec?.containers[0]?.image !== image) return { seen: `Pod ${pod.name} ${state}` }
      return /ErrImage|ImagePull|InvalidImage|CrashLoop|Error/.test(state) ? { value: found, seen: state } : { seen: state }
    },
    {
      what: say(context, { en: `Pod ${pod.name} fails with ${image}`, zh: `Pod ${pod.name} 因 ${image} 失败` }),
      timeoutMs: BROKEN_MS,
      signal,
      onSeen: progress,
    },
  )
}

/**
 * The controller has dealt with the template that was set back. It decides about the Pods in the same pass, so what it has
 * not deleted by then it will not delete: no waiting for something that might yet come.
 */
async function untilRollbackSeen(context: CheckContext, { ref, set }: Rollout): Promise<Fact> {
  const { kube, signal, progress } = context
  const revision = set.status?.updateRevision
  const rolledBack = say(context, { en: `updateRevision ${revision} again`, zh: `updateRevision 又是 ${revision}` })
  await waitFor<V1StatefulSet, true>(
    kube,
    ref,
    (found) => {
      const seen = `updateRevision ${found?.status?.updateRevision}`
      const current = found?.status?.observedGeneration === found?.metadata?.generation
      return current && found?.status?.updateRevision === revision ? { value: true, seen } : { seen }
    },
    { what: rolledBack, timeoutMs: READY_MS, signal, onSeen: progress },
  )
  return fact(rolledBack, rolledBack, kubectl(context, 'get', 'statefulset', ref.name, '-o', 'jsonpath={.status}'))
}

function stuckFact(context: CheckContext, { pod, image }: Rollout, broken: V1Pod, now: V1Pod | undefined): Fact {
  const expected = say(context, { en: `${pod.name} still stuck with ${image}`, zh: `${pod.name} 仍然卡在 ${image}` })
  const holds = now?.metadata?.uid === broken.metadata?.uid && !now?.metadata?.deletionTimestamp
  // The reason, without the long message of the image's pull.
  const state = now
    ? /^[^:：]*([:：] ?\w+)?/.exec(say(context, describePod(now)))?.[0]
    : say(context, { en: 'gone', zh: '没有了' })
  const observed = `${holds ? expected : pod.name} (${now?.spec?.containers[0]?.image ?? '-'}, ${state})`
  return fact(expected, observed, kubectl(context, 'get', 'pod', pod.name, '-o', 'yaml'), holds)
}

/** The template as it was, and no Pod of the broken one. */
async function repair(context: CheckContext, rollout: Rollout): Promise<void> {
  const { kube, signal } = context
  const { ref, pod, set, image } = rollout
  const now = await kube.get<V1StatefulSet>(ref, signal)
  if (now?.spec?.template.spec?.containers[0]?.image === image) {
    await setContainers(context, rollout, set.spec?.template.spec?.containers ?? [])
    await untilRollbackSeen(context, rollout)
  }
  const found = await kube.get<V1Pod>(pod, signal)
  if (found?.spec?.containers[0]?.image !== image || isReady(found)) return
  await kube.delete(pod, { signal })
  await untilMet(podReady(pod.name), context, READY_MS)
}
