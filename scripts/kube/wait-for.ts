import type { KubernetesObject } from '@kubernetes/client-node'
import type { Observation } from '../wait/poll.ts'
import type { Kube, ObjectQuery, ObjectRef } from './kube.ts'
import { startWatching, type WaitOptions } from './watching.ts'

/**
 * Watches one object until it looks as wanted.
 * @param look is given the object, or `undefined` while there is none.
 * @returns the observation's value.
 * @throws {StatelabError} `timed-out` with the last observation, `kubernetes-failed`; the signal's reason.
 */
export async function waitFor<T extends KubernetesObject, R>(
  kube: Kube,
  ref: ObjectRef,
  look: (object: T | undefined) => Observation<R>,
  options: WaitOptions,
): Promise<R> {
  return waitForAll<T, R>(kube, queryOf(ref), (objects) => look(objects[0]), options)
}

/** Watches a set of objects until it looks as wanted. As `waitFor`. */
export async function waitForAll<T extends KubernetesObject, R>(
  kube: Kube,
  query: ObjectQuery,
  look: (objects: readonly T[]) => Observation<R>,
  options: WaitOptions,
): Promise<R> {
  await using watching = await startWatching<T>(kube, query, options.signal)
  return await watching.until(look, options)
}

/**
 * Watches until the object is gone; it may never have been there.
 * @param options.uid which object is meant, where another may take its name at once, as a StatefulSet's Pod does.
 */
export async function untilGone(
  kube: Kube,
  ref: ObjectRef,
  options: Omit<WaitOptions, 'what'> & { readonly uid?: string | undefined },
): Promise<void> {
  const { uid, ...waiting } = options
  const name = `${ref.kind} ${ref.name}`
  const look = (object: KubernetesObject | undefined): Observation<true> => {
    if (!object || (uid !== undefined && object.metadata?.uid !== uid)) return { value: true, seen: 'gone' }
    return { seen: `${name} ${stateOf(object)}` }
  }
  await waitFor(kube, ref, look, { what: { en: `${name} is gone`, zh: `${name} 消失` }, ...waiting })
}

/** The query that finds one object. */
export function queryOf({ apiVersion, kind, namespace, name }: ObjectRef): ObjectQuery {
  return { apiVersion, kind, namespace, fieldSelector: `metadata.name=${name}` }
}

function stateOf({ metadata }: KubernetesObject): string {
  if (!metadata?.deletionTimestamp) return 'is there and is not being deleted'
  const held = metadata.finalizers?.length ? `, held by ${metadata.finalizers.join(', ')}` : ''
  return `is being deleted since ${metadata.deletionTimestamp.toISOString()}${held}`
}
