import { join } from 'node:path'
import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node'
import { StatelabError } from '../errors.ts'
import type { Kube } from '../kube/kube.ts'
import { loadManifest } from '../kube/manifests.ts'
import { EXPORT_PATH } from '../nfs/export-path.ts'
import type { Waiting } from './api.ts'
import { untilAvailable } from './cluster-ready.ts'

/** Where the provisioner runs: the names that the courses use. */
export const PROVISIONER = { namespace: 'kube-system', name: 'nfs-client-provisioner' }

export interface ProvisionerOptions {
  /** Address of the NFS server. */
  readonly server: string
  readonly image: string
  readonly signal: AbortSignal
}

/** Applies the provisioner, its rights and the three StorageClasses. */
export async function applyProvisioner(kube: Kube, folder: string, { server, image, signal }: ProvisionerOptions): Promise<void> {
  const [rbac, deployment, classes] = await Promise.all(
    ['rbac.yaml', 'deployment.yaml', 'classes.yaml'].map((name) => loadManifest(join(folder, name))),
  )
  const objects = [...(rbac ?? []), ...(deployment ?? []).map((object) => pointTo(object, server, image)), ...(classes ?? [])]
  await kube.apply(objects, { signal })
}

export async function untilProvisionerAvailable(kube: Kube, waiting: Waiting): Promise<string> {
  await untilAvailable(kube, PROVISIONER, waiting)
  return 'available'
}

/** The manifest with this environment's server and image: edited as an object, so that no value can break the YAML. */
function pointTo(object: KubernetesObject, server: string, image: string): KubernetesObject {
  if (object.kind !== 'Deployment') return object
  const deployment = structuredClone(object) as V1Deployment
  const pod = deployment.spec?.template.spec
  const [container] = pod?.containers ?? []
  const volume = pod?.volumes?.find(({ nfs }) => nfs)
  if (!container || !volume)
    throw new StatelabError('operation-failed', 'manifests/provisioner/deployment.yaml has no container with an nfs volume')
  container.image = image
  volume.nfs = { server, path: EXPORT_PATH }
  const given = { NFS_SERVER: server, NFS_PATH: EXPORT_PATH }
  container.env = (container.env ?? []).map((variable) => {
    const value = given[variable.name as keyof typeof given]
    return value === undefined ? variable : { name: variable.name, value }
  })
  return deployment
}
