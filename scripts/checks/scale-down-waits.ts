import type { V1StatefulSet } from '@kubernetes/client-node'
import { messageOf, StatelabError } from '../errors.ts'
import { describePod } from '../kube/describe.ts'
import { isReady } from '../kube/ready.ts'
import { waitFor } from '../kube/wait-for.ts'
import { orWhenTimedOut } from '../wait/deadline.ts'
import { type Check, type CheckContext, type Finding, say, undisturbed } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { timed } from './order.ts'
import { outputOf } from './pod.ts'
import { type PodRecord, recordPods } from './pod-record.ts'
import { restoring } from './restoring.ts'
import { statefulSetReady } from './statefulset.ts'
import { untilMet } from './until-met.ts'

export interface Sickness {
  /** The Pod that falls ill: not the last one. */
  readonly pod: string
  /** What makes its readiness probe fail. */
  readonly begin: readonly string[]
  /** What mends it. */
  readonly end: readonly string[]
}

/**
 * A StatefulSet is not scaled down while one of its Pods is not ready: one Pod falls ill, a replica less is asked for,
 * and the last Pod is only ended once the sick one is well again. The replicas are restored.
 */
export function scaleDownWaits(name: string, sickness: Sickness): Check {
  return {
    id: `scale-down-waits/${name}/${sickness.pod}`,
    kind: 'probe',
    title: {
      en: `StatefulSet ${name} is not scaled down while Pod ${sickness.pod} is not ready`,
      zh: `Pod ${sickness.pod} 未就绪时，StatefulSet ${name} 不会缩容`,
    },
    async run(context) {
      const { kube, namespace, signal } = context
      const set = await kube.get<V1StatefulSet>(refOf('StatefulSet', name, namespace), signal)
      const replicas = set?.spec?.replicas ?? 1
      const ready = await statefulSetReady(name, { replicas }).run(context)
      const ordinal = Number(/-(\d+)$/.exec(sickness.pod)?.[1])
      const last = (set?.spec?.ordinals?.start ?? 0) + replicas - 1
      if (!ready.met || !(ordinal < last)) return notDisturbed(context, ready, `${name}-${last}`)
      await using record = await recordPods(context, name)
      const scale = (to: number, limit: AbortSignal): Promise<void> =>
        kube.patch(refOf('StatefulSet', name, namespace), { spec: { replicas: to } }, limit)
      const mend = (limit: AbortSignal): Promise<unknown> => outputOf({ ...context, signal: limit }, sickness.pod, sickness.end)

      const work = async (): Promise<Finding> => {
        await fallIll(context, record, sickness, { name, replicas })
        await scale(replicas - 1, signal)
        await untilSeen(context, name, replicas - 1)
        await mend(signal)
        return conclude(context, `StatefulSet ${name}`, [await endedAfter(context, record, sickness.pod, `${name}-${last}`)])
      }
      const finding = await restoring(work, async (limit) => {
        await mend(limit)
        await scale(replicas, limit)
      })
      await untilMet(statefulSetReady(name, { replicas }), context, STEP_MS)
      return finding
    },
  }
}

const STEP_MS = 90_000

function notDisturbed(context: CheckContext, ready: Finding, last: string): Finding {
  const why = ready.met ? { en: `${last} is the last Pod`, zh: `${last} 是最后一个 Pod` } : ready.message
  return undisturbed(context, why, ...ready.evidence)
}

/** The controller must have seen it before it is asked to scale: else it would be right to begin at once. */
async function fallIll(
  context: CheckContext,
  record: PodRecord,
  { pod: name, begin }: Sickness,
  set: { readonly name: string; readonly replicas: number },
): Promise<void> {
  const { kube, namespace, signal, progress } = context
  const { answered, text } = await outputOf(context, name, begin)
  if (!answered) throw new StatelabError('operation-failed', `${begin.join(' ')} in Pod ${name}: ${text}`)
  await record.until(
    (pods) => {
      const pod = pods.find(({ metadata }) => metadata?.name === name)
      const seen = pod
        ? `Pod ${name} ${say(context, describePod(pod))}`
        : say(context, { en: `there is no Pod ${name}`, zh: `没有 Pod ${name}` })
      return pod && !isReady(pod) ? { value: true, seen } : { seen }
    },
    {
      what: say(context, { en: `Pod ${name} is not ready`, zh: `Pod ${name} 未就绪` }),
      timeoutMs: STEP_MS,
      signal,
      onSeen: progress,
    },
  )
  await waitFor<V1StatefulSet, true>(
    kube,
    refOf('StatefulSet', set.name, namespace),
    (found) => {
      const seen = `readyReplicas ${found?.status?.readyReplicas ?? 0}`
      return (found?.status?.readyReplicas ?? 0) < set.replicas ? { value: true, seen } : { seen }
    },
    { what: `StatefulSet ${set.name} readyReplicas`, timeoutMs: STEP_MS, signal, onSeen: progress },
  )
}

/** The controller has come round with the new number of replicas, and has done what it does about it. */
async function untilSeen({ kube, namespace, signal, progress }: CheckContext, name: string, replicas: number): Promise<void> {
  await waitFor<V1StatefulSet, true>(
    kube,
    refOf('StatefulSet', name, namespace),
    (set) => {
      const { generation } = set?.metadata ?? {}
      const seen = `generation ${generation}, observedGeneration ${set?.status?.observedGeneration}`
      return set?.spec?.replicas === replicas && set.status?.observedGeneration === generation ? { value: true, seen } : { seen }
    },
    { what: `StatefulSet ${name} observedGeneration`, timeoutMs: STEP_MS, signal, onSeen: progress },
  )
}

async function endedAfter(context: CheckContext, record: PodRecord, sick: string, last: string): Promise<Fact> {
  const expected = say(context, {
    en: `${last} ended once ${sick} was ready again`,
    zh: `${sick} 重新就绪之后，${last} 才结束`,
  })
  const command = kubectl(context, 'get', 'pods', '--watch', '--output-watch-events')
  const outcome = await orWhenTimedOut(
    record.until(
      (pods) => {
        const there = pods.some(({ metadata }) => metadata?.name === last)
        const seen = pods.map((pod) => `${pod.metadata?.name} ${say(context, describePod(pod))}`).join(', ')
        return there ? { seen } : { value: true, seen }
      },
      { what: expected, timeoutMs: STEP_MS, signal: context.signal, onSeen: context.progress },
    ),
    (error) => messageOf(error, context.language),
  )
  if (typeof outcome === 'string') return fact(expected, outcome, command, false)
  const told = record.moments.filter(
    ({ pod, what }) => (pod === sick && /ready/.test(what)) || (pod === last && what === 'ending'),
  )
  const observed = told.map((moment) => timed(context, moment)).join(', ')
  const ill = told.findIndex(({ what }) => what === 'unready')
  const well = told.findIndex(({ what }, index) => index > ill && what === 'ready')
  const ended = told.findIndex(({ what }) => what === 'ending')
  return fact(expected, observed, command, ill !== -1 && well > ill && ended > well)
}
