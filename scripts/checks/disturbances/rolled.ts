import type { V1StatefulSet } from '@kubernetes/client-node'
import { describePod } from '../../kube/describe.ts'
import { isReady } from '../../kube/ready.ts'
import { orWhenTimedOut } from '../../wait/deadline.ts'
import { say, unmet } from '../check.ts'
import { conclude, fact, kubectl } from '../facts.ts'
import { refOf } from '../kinds.ts'
import { replacedInOrder } from '../order.ts'
import { recordPods } from '../pod-record.ts'
import { claimsKept, claimsOfSet } from '../set-claims.ts'
import type { Disturbance } from '../survives.ts'

/** What `kubectl rollout restart` writes into the template. */
export const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'

/**
 * A StatefulSet goes through a rolling update, as after `kubectl rollout restart`: every Pod is replaced, from the
 * highest downwards, one at a time, and keeps its claims; those below the partition are left alone. As that command does,
 * it leaves an annotation in the template.
 * @param options.timeoutMs how long the whole update may take. Default 180 s.
 */
export function rolled(name: string, { timeoutMs = ROLLOUT_MS }: { readonly timeoutMs?: number } = {}): Disturbance {
  return {
    id: `rolled/${name}`,
    title: { en: `StatefulSet ${name} went through a rolling update`, zh: `StatefulSet ${name} 滚动更新` },
    async run(context) {
      const { kube, namespace, signal, progress } = context
      const ref = refOf('StatefulSet', name, namespace)
      const set = await kube.get<V1StatefulSet>(ref, signal)
      if (!set) return unmet(say(context, { en: `there is no StatefulSet ${name}`, zh: `没有名为 ${name} 的 StatefulSet` }))
      const all = set.spec?.replicas ?? 1
      const held = Math.min(set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0, all)
      const replicas = all - held
      const start = set.spec?.ordinals?.start ?? 0
      const ordinals = Array.from({ length: replicas }, (_, index) => start + held + index)
      const before = await claimsOfSet(context, set)
      await using record = await recordPods(context, name)
      const old = new Set(record.pods.map(({ metadata }) => metadata?.uid))
      const annotations = { [RESTARTED_AT]: new Date().toISOString() }
      await kube.patch(ref, { spec: { template: { metadata: { annotations } } } }, signal)
      const done = await orWhenTimedOut(
        record.until(
          (pods) => {
            const renewed = pods.filter((pod) => isReady(pod) && !old.has(pod.metadata?.uid)).length
            const seen = say(context, { en: `${renewed} of ${replicas} replaced`, zh: `${replicas} 个中替换了 ${renewed} 个` })
            return renewed === replicas && pods.length === all ? { value: true, seen } : { seen }
          },
          { what: `StatefulSet ${name}`, timeoutMs, signal, onSeen: progress },
        ),
        () => false,
      )
      const facts = []
      if (!done) {
        const seen = record.pods.map((pod) => `${pod.metadata?.name} ${say(context, describePod(pod))}`).join(', ')
        facts.push(
          fact(
            say(context, { en: 'every Pod replaced and ready', zh: '每个 Pod 都已替换并就绪' }),
            seen,
            kubectl(context, 'rollout', 'status', 'statefulset', name),
            false,
          ),
        )
      }
      facts.push(replacedInOrder(context, record.moments, ordinals))
      return conclude(context, say(context, this.title), [
        ...facts,
        ...claimsKept(context, before, await claimsOfSet(context, set)),
      ])
    },
  }
}

const ROLLOUT_MS = 180_000
