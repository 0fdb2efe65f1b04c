import type { V1DaemonSet, V1Deployment, V1Pod } from '@kubernetes/client-node'
import { nodesOfRole } from '../../cluster/nodes-port.ts'
import { describePod } from '../../kube/describe.ts'
import { isReady } from '../../kube/ready.ts'
import { startWatching, type Watching } from '../../kube/watching.ts'
import { orWhenTimedOut } from '../../wait/deadline.ts'
import { type CheckContext, say, unmet } from '../check.ts'
import { conclude, fact, kubectl } from '../facts.ts'
import { refOf } from '../kinds.ts'
import type { Disturbance } from '../survives.ts'

/** A Pod's start, with an image that is there and a volume to mount. */
const READY_MS = 120_000
const SETTLED_MS = 30_000

/**
 * The Pods of a Deployment or DaemonSet are deleted, and as many others come in their place. Their names are new as well;
 * for Pods that keep theirs there is `podDeleted`.
 * @param options.on only the Pods on a node of this role.
 */
export function ownedPodsDeleted(
  kind: 'Deployment' | 'DaemonSet',
  name: string,
  { on }: { readonly on?: 'control-plane' | 'worker' } = {},
): Disturbance {
  const where = on === undefined ? { en: '', zh: '' } : { en: ` on the ${on} node`, zh: `在 ${on} 节点上` }
  return {
    id: `owned-pods-deleted/${kind}/${name}${on === undefined ? '' : `/${on}`}`,
    title: {
      en: `the Pods of ${kind} ${name}${where.en} were deleted`,
      zh: `${kind} ${name} ${where.zh}的 Pod 被删除`,
    },
    async run(context) {
      const { kube, namespace, signal, progress } = context
      const owner = await kube.get<V1Deployment & V1DaemonSet>(refOf(kind, name, namespace), signal)
      const labels = Object.entries(owner?.spec?.selector.matchLabels ?? {})
      const nodes = on === undefined ? undefined : (await nodesOfRole(context.nodes, on, signal)).map((node) => node.name)
      const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(',')
      const query = { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector }
      if (labels.length === 0) return unmet(say(context, { en: `there is no ${kind} ${name}`, zh: `没有 ${kind} ${name}` }))
      await using watching = await startWatching<V1Pod>(kube, query, signal)
      const here = (pods: readonly V1Pod[]): V1Pod[] =>
        pods.filter(({ spec }) => nodes === undefined || nodes.includes(spec?.nodeName ?? ''))
      const before = await untilSettled(context, watching, here, wantedOf(kind, owner, nodes))
      if (typeof before === 'string') {
        return unmet(say(context, { en: `nothing was deleted: ${before}`, zh: `没有删除任何 Pod：${before}` }))
      }
      const old = new Set(before.map(({ metadata }) => metadata?.uid))
      for (const pod of before) await kube.delete(refOf('Pod', pod.metadata?.name ?? '', namespace), { signal })
      const renewed = (pods: readonly V1Pod[]): V1Pod[] => here(pods).filter((pod) => isReady(pod) && !old.has(pod.metadata?.uid))
      const replaced = (count: number): string =>
        say(context, { en: `${count} other Pods ready`, zh: `${count} 个新的 Pod 就绪` })
      const goneFrom = (pods: readonly V1Pod[]): boolean => pods.every(({ metadata }) => !old.has(metadata?.uid))
      await orWhenTimedOut(
        watching.until(
          (pods) => {
            const count = renewed(pods).length
            return count >= before.length && goneFrom(pods) ? { value: true, seen: '' } : { seen: replaced(count) }
          },
          { what: replaced(before.length), timeoutMs: READY_MS, signal, onSeen: progress },
        ),
        () => {},
      )
      const names = before.map(({ metadata }) => metadata?.name).join(', ')
      return conclude(context, say(context, { en: `${names} deleted`, zh: `${names} 被删除` }), [
        fact(
          replaced(before.length),
          replaced(renewed(watching.objects).length),
          kubectl(context, 'get', 'pods', '-l', labelSelector),
        ),
      ])
    },
  }
}

/** How many Pods there are once nothing is under way. */
function wantedOf(
  kind: 'Deployment' | 'DaemonSet',
  owner: (V1Deployment & V1DaemonSet) | undefined,
  nodes: readonly string[] | undefined,
): number | undefined {
  if (kind === 'DaemonSet') return nodes?.length ?? owner?.status?.desiredNumberScheduled
  return nodes === undefined ? (owner?.spec?.replicas ?? 1) : undefined
}

/** A rollout that is under way comes to its end first: until then there are more Pods. @returns the Pods, or what was seen of them. */
async function untilSettled(
  context: CheckContext,
  watching: Watching<V1Pod>,
  here: (pods: readonly V1Pod[]) => V1Pod[],
  wanted: number | undefined,
): Promise<readonly V1Pod[] | string> {
  const { signal, progress } = context
  const seenOf = (pods: readonly V1Pod[]): string =>
    pods.map((pod) => `${pod.metadata?.name} ${say(context, describePod(pod))}`).join(', ') ||
    say(context, { en: 'no Pods', zh: '没有 Pod' })
  return orWhenTimedOut(
    watching.until(
      (objects) => {
        const pods = here(objects)
        return pods.length > 0 && pods.length === (wanted ?? pods.length) && pods.every(isReady)
          ? { value: pods, seen: '' }
          : { seen: seenOf(pods) }
      },
      { what: say(context, { en: 'every Pod is ready', zh: '所有 Pod 就绪' }), timeoutMs: SETTLED_MS, signal, onSeen: progress },
    ),
    () => seenOf(here(watching.objects)),
  )
}
