import type { V1Pod, V1StatefulSet } from '@kubernetes/client-node'
import { explainPod } from '../../kube/explain.ts'
import { isReady } from '../../kube/ready.ts'
import { startWatching, type Watching } from '../../kube/watching.ts'
import { orWhenTimedOut } from '../../wait/deadline.ts'
import { type CheckContext, say, unmet } from '../check.ts'
import { changed, claimIdentities, unchanged } from '../disturbances.ts'
import { conclude, type Fact } from '../facts.ts'
import { refOf } from '../kinds.ts'
import type { Disturbance } from '../survives.ts'

/** Pods of a StatefulSet come back one after the other. */
const READY_MS = 180_000

/** Every Pod of a StatefulSet is deleted at the same time; all come back, with other UIDs and on the same claims. */
export function allPodsDeleted(name: string): Disturbance {
  return {
    id: `all-pods-deleted/${name}`,
    title: { en: `every Pod of StatefulSet ${name} was deleted`, zh: `StatefulSet ${name} 的所有 Pod 被删除` },
    async run(context) {
      const { kube, namespace, signal } = context
      const set = await kube.get<V1StatefulSet>(refOf('StatefulSet', name, namespace), signal)
      const pods = await podsOf(context, set)
      if (pods.length === 0 || pods.some((pod) => !isReady(pod))) {
        return unmet(
          say(context, {
            en: `not all Pods of StatefulSet ${name} are ready, so none was deleted`,
            zh: `StatefulSet ${name} 的 Pod 没有全部就绪，所以一个也没有删除`,
          }),
        )
      }
      const claims = await Promise.all(pods.map((pod) => claimIdentities(context, pod)))
      await using watching = await startWatching<V1Pod>(kube, { apiVersion: 'v1', kind: 'Pod', namespace }, signal)
      await Promise.all(pods.map((pod) => kube.delete(refOf('Pod', nameOf(pod), namespace), { signal })))
      const after = await untilAllReplaced(context, watching, pods)
      if (typeof after === 'string') {
        return unmet(
          say(context, {
            en: `the Pods of StatefulSet ${name} were deleted and not all came back: ${after}`,
            zh: `StatefulSet ${name} 的 Pod 被删除后没有全部回来：${after}`,
          }),
        )
      }
      const facts: Fact[] = []
      for (const [index, pod] of pods.entries()) {
        const now = after.find(({ metadata }) => metadata?.name === nameOf(pod))
        facts.push(changed(context, nameOf(pod), 'UID', pod.metadata?.uid, now?.metadata?.uid))
        if (now) facts.push(...unchanged(context, claims[index] ?? new Map(), await claimIdentities(context, now)))
      }
      const count = pods.length
      const subject = say(context, {
        en: `all ${count} Pods of StatefulSet ${name} were deleted and came back`,
        zh: `StatefulSet ${name} 的 ${count} 个 Pod 全部被删除，又都回来了`,
      })
      const finding = conclude(context, subject, facts)
      return finding.met ? { ...finding, message: subject } : finding
    },
  }
}

async function podsOf({ kube, namespace, signal }: CheckContext, set: V1StatefulSet | undefined): Promise<V1Pod[]> {
  const uid = set?.metadata?.uid
  if (uid === undefined) return []
  const pods = await kube.list<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace }, signal)
  return pods.filter(({ metadata }) => metadata?.ownerReferences?.some((owner) => owner.uid === uid))
}

/** @returns the new Pods, or what was seen of the first that is missing. */
async function untilAllReplaced(
  context: CheckContext,
  watching: Watching<V1Pod>,
  before: readonly V1Pod[],
): Promise<V1Pod[] | string> {
  const { kube, namespace, signal, progress } = context
  let missing = ''
  return orWhenTimedOut(
    watching.until(
      (pods) => {
        const found = before.map((old) =>
          pods.find((pod) => nameOf(pod) === nameOf(old) && pod.metadata?.uid !== old.metadata?.uid && isReady(pod)),
        )
        const absent = before.filter((_, index) => found[index] === undefined).map(nameOf)
        missing = absent[0] ?? ''
        return absent.length === 0
          ? { value: found.filter((pod) => pod !== undefined), seen: '' }
          : { seen: say(context, { en: `not back yet: ${absent.join(', ')}`, zh: `还没有回来：${absent.join(', ')}` }) }
      },
      {
        what: say(context, { en: 'all Pods are ready again', zh: '所有 Pod 重新就绪' }),
        timeoutMs: READY_MS,
        signal,
        onSeen: progress,
      },
    ),
    async () => say(context, await explainPod(kube, { namespace, name: missing }, signal)),
  )
}

function nameOf({ metadata }: V1Pod): string {
  return metadata?.name ?? ''
}
