import type { V1StatefulSet } from '@kubernetes/client-node'
import { describePod } from '../kube/describe.ts'
import { orWhenTimedOut } from '../wait/deadline.ts'
import { type Check, type CheckContext, type Finding, say, undisturbed } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { timed } from './order.ts'
import { type PodMoment, type PodRecord, recordPods } from './pod-record.ts'
import { restoring } from './restoring.ts'

export interface AtOnce {
  /** The ordinal of the Pod that does not get ready. */
  readonly neverReady: number
  /** How long the Pods may take to be made, and to be gone. Default 90 s: the grace of a Pod that misses its SIGTERM is 30 s. */
  readonly timeoutMs?: number
}

/**
 * A StatefulSet makes all its Pods without waiting for any: it is scaled to nothing and back, and watched. Of a Pod that
 * never gets ready this tells for certain; between Pods that do it is only a matter of speed. One that is to wait by its
 * `podManagementPolicy` is left alone.
 */
export function madeAtOnce(name: string, { neverReady, timeoutMs = MADE_MS }: AtOnce): Check {
  return {
    id: `made-at-once/${name}`,
    kind: 'probe',
    title: {
      en: `StatefulSet ${name} makes all its Pods, though ${name}-${neverReady} is not ready`,
      zh: `StatefulSet ${name} 创建了所有 Pod，尽管 ${name}-${neverReady} 没有就绪`,
    },
    async run(context) {
      const { kube, namespace, signal } = context
      const ref = refOf('StatefulSet', name, namespace)
      const set = await kube.get<V1StatefulSet>(ref, signal)
      const replicas = set?.spec?.replicas ?? 1
      if (!set || replicas < 2) {
        return undisturbed(context, {
          en: `there is no StatefulSet ${name} of two Pods or more`,
          zh: `没有两个以上 Pod 的 StatefulSet ${name}`,
        })
      }
      const { podManagementPolicy = 'OrderedReady' } = set.spec ?? {}
      const policy = fact(
        'podManagementPolicy Parallel',
        `podManagementPolicy ${podManagementPolicy}`,
        kubectl(context, 'get', 'statefulset', name, '-o', 'jsonpath={.spec.podManagementPolicy}'),
      )
      if (!policy.holds) return conclude(context, `StatefulSet ${name}`, [policy])
      await using record = await recordPods(context, name)
      const scale = (to: number, limit: AbortSignal): Promise<void> => kube.patch(ref, { spec: { replicas: to } }, limit)
      const work = async (): Promise<Finding> => {
        await scale(0, signal)
        const gone = await untilCount(context, record, { name, wanted: 0, timeoutMs })
        if (gone) return conclude(context, `StatefulSet ${name}`, [gone])
        const since = record.moments.length
        await scale(replicas, signal)
        const late = await untilCount(context, record, { name, wanted: replicas, timeoutMs })
        const moments = record.moments.slice(since)
        return conclude(context, `StatefulSet ${name}`, [
          policy,
          late ?? withoutWaiting(context, moments, { replicas, neverReady }),
        ])
      }
      return await restoring(work, (limit) => scale(replicas, limit))
    },
  }
}

const MADE_MS = 90_000

/** @returns the fact that there are not so many Pods within the time; `undefined` when there are. */
async function untilCount(
  context: CheckContext,
  record: PodRecord,
  { name, wanted, timeoutMs }: { readonly name: string; readonly wanted: number; readonly timeoutMs: number },
): Promise<Fact | undefined> {
  const there = await orWhenTimedOut(
    record.until(
      (pods) => {
        const seen = `${pods.length}/${wanted} Pods`
        return pods.length === wanted ? { value: true, seen } : { seen }
      },
      { what: `StatefulSet ${name}`, timeoutMs, signal: context.signal, onSeen: context.progress },
    ),
    () => false,
  )
  if (there) return undefined
  const seen = record.pods.map((pod) => `${pod.metadata?.name} ${say(context, describePod(pod))}`).join(', ')
  const pods = say(context, { en: `${wanted} Pods`, zh: `${wanted} 个 Pod` })
  const observed = say(context, {
    en: `${record.pods.length} Pods${seen && `: ${seen}`}`,
    zh: `${record.pods.length} 个 Pod${seen && `：${seen}`}`,
  })
  return fact(pods, observed, kubectl(context, 'get', 'pods'), false)
}

function withoutWaiting(
  context: CheckContext,
  moments: readonly PodMoment[],
  { replicas, neverReady }: { readonly replicas: number; readonly neverReady: number },
): Fact {
  const created = moments.filter(({ what }) => what === 'created')
  const ready = moments.find(({ ordinal, what }) => ordinal === neverReady && what === 'ready')
  const expected = say(context, {
    en: `${replicas} Pods created, -${neverReady} not ready`,
    zh: `创建了 ${replicas} 个 Pod，-${neverReady} 没有就绪`,
  })
  const told = [...created, ...(ready ? [ready] : [])].map((moment) => timed(context, moment))
  return fact(
    expected,
    told.join(', '),
    kubectl(context, 'get', 'pods', '--watch', '--output-watch-events'),
    created.length === replicas && ready === undefined,
  )
}
