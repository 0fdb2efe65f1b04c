import type { V1StatefulSet } from '@kubernetes/client-node'
import { explainPod } from '../../kube/explain.ts'
import { isReady } from '../../kube/ready.ts'
import { orWhenTimedOut } from '../../wait/deadline.ts'
import { type CheckContext, say, unmet } from '../check.ts'
import { conclude, type Fact, fact, kubectl } from '../facts.ts'
import { refOf } from '../kinds.ts'
import { createdInOrder, removedInOrder } from '../order.ts'
import { type PodRecord, recordPods } from '../pod-record.ts'
import { restoring } from '../restoring.ts'
import { claimsKept, claimsOfSet } from '../set-claims.ts'
import type { Disturbance } from '../survives.ts'

export interface Scaling {
  /** How long each step may take. Default 120 s. */
  readonly timeoutMs?: number
}

/**
 * A StatefulSet is scaled step by step, and in the end back to what it was: Pods are made in order and ended from the
 * highest, one at a time; no claim goes, and a Pod that returns gets the claim that it had.
 * @param steps the replicas of each step, such as `[4, 1, 3]`. One that asks for what there is does nothing.
 */
export function scaled(name: string, steps: readonly number[], { timeoutMs = STEP_MS }: Scaling = {}): Disturbance {
  const route = steps.join(' → ')
  return {
    id: `scaled/${name}/${steps.join('-')}`,
    title: { en: `StatefulSet ${name} was scaled to ${route} and back`, zh: `StatefulSet ${name} 扩缩容到 ${route} 再恢复` },
    async run(context) {
      const set = await readSet(context, name)
      if (!set) return unmet(say(context, { en: `there is no StatefulSet ${name}`, zh: `没有名为 ${name} 的 StatefulSet` }))
      const original = set.spec?.replicas ?? 1
      const work = async (): Promise<Fact[]> => {
        const facts: Fact[] = []
        let claims = await claimsOfSet(context, set)
        for (const replicas of [...steps, original]) {
          const step = await scaleTo(context, { set, replicas, timeoutMs })
          facts.push(...step.facts)
          if (!step.reached) return facts
          const now = await claimsOfSet(context, set)
          // Said once, with what it was like in the end; a loss is said where it was seen.
          facts.push(...claimsKept(context, claims, now).filter(({ holds }) => !holds))
          claims = now
        }
        return [...facts, ...claimsKept(context, claims, claims)]
      }
      const facts = await restoring(work, (signal) => scale({ ...context, signal }, name, original))
      return conclude(context, say(context, this.title), facts)
    },
  }
}

const STEP_MS = 120_000

interface Step {
  readonly set: V1StatefulSet
  readonly replicas: number
  readonly timeoutMs: number
}

async function scaleTo(context: CheckContext, step: Step): Promise<{ reached: boolean; facts: Fact[] }> {
  const { set, replicas, timeoutMs } = step
  const name = set.metadata?.name ?? ''
  const start = set.spec?.ordinals?.start ?? 0
  const wanted = Array.from({ length: replicas }, (_, index) => start + index)
  await using record = await recordPods(context, name)
  const before = record.pods.length
  await scale(context, name, replicas)
  const reached = await orWhenTimedOut(
    record.until(
      (pods) => {
        const ready = pods.filter(isReady).length
        const seen = say(context, {
          en: `${pods.length} Pods, ${ready} ready, of ${replicas}`,
          zh: `${pods.length} 个 Pod，${ready} 个就绪，目标 ${replicas} 个`,
        })
        return pods.length === replicas && ready === replicas ? { value: true, seen } : { seen }
      },
      { what: `StatefulSet ${name}`, timeoutMs, signal: context.signal, onSeen: context.progress },
    ),
    () => false,
  )
  if (!reached) return { reached, facts: [await stuckAt(context, step, record, wanted)] }
  if (replicas > before) return { reached, facts: [createdInOrder(context, record.moments, wanted.slice(before))] }
  const surplus = Array.from({ length: before - replicas }, (_, index) => start + replicas + index)
  return { reached, facts: surplus.length === 0 ? [] : [removedInOrder(context, record.moments, surplus)] }
}

async function stuckAt(
  context: CheckContext,
  { set, replicas }: Step,
  record: PodRecord,
  wanted: readonly number[],
): Promise<Fact> {
  const { kube, namespace, signal } = context
  const ready = new Set(record.pods.filter(isReady).map(({ metadata }) => metadata?.name))
  const late = wanted.map((ordinal) => `${set.metadata?.name}-${ordinal}`).find((pod) => !ready.has(pod))
  const why = late === undefined ? '' : `: ${say(context, await explainPod(kube, { namespace, name: late }, signal))}`
  const pods = (count: number): string => say(context, { en: `${count} ready Pods`, zh: `${count} 个就绪的 Pod` })
  return fact(pods(replicas), `${pods(ready.size)}${why}`, kubectl(context, 'get', 'pods'), false)
}

function scale({ kube, namespace, signal }: CheckContext, name: string, replicas: number): Promise<void> {
  return kube.patch(refOf('StatefulSet', name, namespace), { spec: { replicas } }, signal)
}

function readSet({ kube, namespace, signal }: CheckContext, name: string): Promise<V1StatefulSet | undefined> {
  return kube.get<V1StatefulSet>(refOf('StatefulSet', name, namespace), signal)
}
