import type { V1Node } from '@kubernetes/client-node'
import { readyCondition } from '../kube/ready.ts'
import { waitFor } from '../kube/wait-for.ts'
import { type CheckContext, say } from './check.ts'
import { refOf } from './kinds.ts'

/** A kubelet needs half a minute to come back, on a slow machine more. */
export const RETURN_MS = 180_000

/** Switches a node on, if it is off, and waits until it is Ready: whoever comes next finds it as it was. */
export async function nodeOn(context: CheckContext, node: string): Promise<void> {
  const { nodes, signal } = context
  if (!(await nodes.list(signal)).find(({ name }) => name === node)?.running) await nodes.start(node, signal)
  await nodeCondition(context, node, { ready: true, timeoutMs: RETURN_MS })
}

/** Waits until the API says of a node that it is Ready, or that it is not. @returns since when. */
export async function nodeCondition(
  { kube, signal, progress, ...context }: CheckContext,
  node: string,
  { ready, timeoutMs }: { readonly ready: boolean; readonly timeoutMs: number },
): Promise<Date> {
  const look = (found: V1Node | undefined) => {
    const condition = readyCondition(found)
    const seen = `${node} Ready: ${condition?.status ?? '-'}`
    if (!condition || (condition.status === 'True') !== ready) return { seen }
    return { value: condition.lastTransitionTime ?? new Date(), seen }
  }
  const what = ready
    ? say(context, { en: `node ${node} is Ready`, zh: `节点 ${node} 恢复 Ready` })
    : say(context, { en: `node ${node} is noticed to be away`, zh: `发现节点 ${node} 失联` })
  return waitFor<V1Node, Date>(kube, refOf('Node', node, ''), look, { what, timeoutMs, signal, onSeen: progress })
}
