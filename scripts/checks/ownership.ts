import type { KubernetesObject } from '@kubernetes/client-node'
import type { CheckContext } from './check.ts'

/** An object and what made it, from the object upwards: `['Pod/web-7d9f-x2x', 'ReplicaSet/web-7d9f', 'Deployment/web']`. */
export type OwnerChain = readonly string[]

/**
 * Follows `ownerReferences` (the one that controls, where there are several) up to the object that nobody owns.
 * An owner that is no longer there ends the chain with `(gone)` behind its name.
 */
export async function ownerChain(context: CheckContext, object: KubernetesObject): Promise<OwnerChain> {
  const above = await ownerOf(context, object)
  if (!above) return [nameOf(object)]
  if (!above.object) return [nameOf(object), `${above.name} (gone)`]
  return [nameOf(object), ...(await ownerChain(context, above.object))]
}

/** `Pod/web-0` */
export function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata?.name}`
}

async function ownerOf(
  { kube, signal }: CheckContext,
  { metadata }: KubernetesObject,
): Promise<{ readonly name: string; readonly object: KubernetesObject | undefined } | undefined> {
  const owners = metadata?.ownerReferences ?? []
  const owner = owners.find(({ controller }) => controller) ?? owners[0]
  if (!owner) return undefined
  const { apiVersion, kind, name, uid } = owner
  const found = await kube.get<KubernetesObject>({ apiVersion, kind, name, namespace: metadata?.namespace }, signal)
  // Another object of that name is not the owner: the UID decides.
  const object = found?.metadata?.uid === uid && found ? { ...found, apiVersion, kind } : undefined
  return { name: `${kind}/${name}`, object }
}
