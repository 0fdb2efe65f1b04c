import type { V1Pod } from '@kubernetes/client-node'
import { explainPod } from '../../kube/explain.ts'
import { isReady } from '../../kube/ready.ts'
import { untilGone, waitFor } from '../../kube/wait-for.ts'
import { orWhenTimedOut } from '../../wait/deadline.ts'
import { type CheckContext, say } from '../check.ts'
import { refOf } from '../kinds.ts'

const READY_MS = 120_000

/**
 * A Pod as it could be made again, on a node of one's choice. It is given its node as a scheduled Pod has it: what the
 * learner applied afterwards still fits.
 * @param options.elsewhere it is not the node that the Pod was made for, so its own wishes for a node do not hold.
 */
export function podFor(
  pod: V1Pod,
  options: { readonly name?: string; readonly node: string; readonly elsewhere?: boolean },
): V1Pod {
  const { name = pod.metadata?.name ?? '', node, elsewhere = false } = options
  const { labels, annotations } = pod.metadata ?? {}
  const { nodeSelector, affinity, ...spec } = pod.spec ?? { containers: [] }
  const wishes = elsewhere ? {} : { ...(nodeSelector && { nodeSelector }), ...(affinity && { affinity }) }
  // A copy under another name has no labels: no Service may send it anything, no controller adopt it.
  const isCopy = name !== pod.metadata?.name
  const kept = isCopy ? {} : { ...(labels && { labels }), ...(annotations && { annotations }) }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...kept },
    spec: { ...spec, ...wishes, nodeName: node },
  }
}

/** Makes a Pod and waits until it is ready. @returns it, or why it is not ready. */
export async function makePod(context: CheckContext, pod: V1Pod): Promise<V1Pod | string> {
  const { kube, namespace, signal, progress } = context
  const name = pod.metadata?.name ?? ''
  await kube.apply([pod], { namespace, signal })
  return orWhenTimedOut(
    waitFor<V1Pod, V1Pod>(
      kube,
      refOf('Pod', name, namespace),
      (found) => (found && isReady(found) ? { value: found, seen: '' } : { seen: `Pod ${name} ${found?.status?.phase ?? '-'}` }),
      {
        what: say(context, { en: `Pod ${name} is ready`, zh: `Pod ${name} 就绪` }),
        timeoutMs: READY_MS,
        signal,
        onSeen: progress,
      },
    ),
    async () => say(context, await explainPod(kube, { namespace, name }, signal)),
  )
}

/** Deletes a Pod, and waits until that very one is gone. One that is not there is success. */
export async function removePod({ kube, namespace, signal, progress }: CheckContext, name: string): Promise<void> {
  const ref = refOf('Pod', name, namespace)
  const uid = (await kube.get(ref, signal))?.metadata?.uid
  if (uid === undefined) return
  await kube.delete(ref, { signal })
  await untilGone(kube, ref, { uid, timeoutMs: READY_MS, signal, onSeen: progress })
}
