import type { V1Node, V1NodeCondition, V1Pod, V1PodCondition } from '@kubernetes/client-node'

/** What a Pod or a node says of being Ready, and since when; `undefined` before anybody has said anything. */
export function readyCondition(object: V1Pod | undefined): V1PodCondition | undefined
export function readyCondition(object: V1Node | undefined): V1NodeCondition | undefined
export function readyCondition(object: V1Pod | V1Node | undefined): V1PodCondition | V1NodeCondition | undefined {
  return object?.status?.conditions?.find(({ type }) => type === 'Ready')
}

/** One that is ending counts as not ready, whatever it still says. */
export function isReady(pod: V1Pod): boolean {
  return !pod.metadata?.deletionTimestamp && readyCondition(pod)?.status === 'True'
}

export function isNodeReady(node: V1Node): boolean {
  return readyCondition(node)?.status === 'True'
}
