import { join } from 'node:path'
import type { KubernetesObject, V1Deployment, V1StorageClass } from '@kubernetes/client-node'
import { beforeEach, describe, expect, it } from 'vitest'
import { applyProvisioner, PROVISIONER, untilProvisionerAvailable } from '../../../scripts/provision/provisioner.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'manifests', 'provisioner')
const { signal } = new AbortController()

/** Keeps what was applied, in order, as it was. */
class RecordingKube extends FakeKube {
  readonly applied: KubernetesObject[] = []
  override async apply(
    objects: readonly KubernetesObject[],
    options: { namespace?: string; signal: AbortSignal },
  ): Promise<void> {
    this.applied.push(...objects)
    await super.apply(objects, options)
  }
}

let kube: RecordingKube
beforeEach(async () => {
  kube = new RecordingKube()
  await applyProvisioner(kube, FOLDER, { server: '10.213.4.10', image: 'registry.example/provisioner:v9', signal })
})

const ofKind = <T extends KubernetesObject>(kind: string): T[] => kube.applied.filter((object) => object.kind === kind) as T[]

function deployment() {
  const [found, ...others] = ofKind<V1Deployment>('Deployment')
  expect(others).toEqual([])
  const pod = found?.spec?.template.spec
  if (!pod) throw new Error('no Deployment was applied')
  return { pod, container: pod.containers[0], deployment: found }
}

describe('applyProvisioner', () => {
  it('points the container and its volume to this environment’s server', () => {
    const { pod, container } = deployment()
    expect(container?.image).toBe('registry.example/provisioner:v9')
    expect(pod.volumes).toEqual([{ name: 'share', nfs: { server: '10.213.4.10', path: '/export' } }])
    expect(container?.volumeMounts).toContainEqual({ name: 'share', mountPath: '/persistentvolumes' })
  })

  it('tells the program the same, and leaves its other settings', () => {
    const { container } = deployment()
    const env = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]))
    expect(env).toMatchObject({
      NFS_SERVER: '10.213.4.10',
      NFS_PATH: '/export',
      PROVISIONER_NAME: 'k8s-sigs.io/nfs-subdir-external-provisioner',
    })
  })

  it('leaves no example value anywhere', () => {
    expect(JSON.stringify(kube.applied)).not.toContain('nfs-server.example')
  })

  it('runs where the courses expect it', () => {
    expect(deployment().deployment?.metadata).toMatchObject(PROVISIONER)
  })

  it('applies rights before the Deployment that needs them', () => {
    const kinds = kube.applied.map(({ kind }) => kind)
    for (const kind of ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding'])
      expect(kinds.indexOf(kind)).toBeLessThan(kinds.indexOf('Deployment'))
  })

  it('applies the three classes, one of them the default, none with a pattern that could name another claim’s directory', () => {
    const classes = ofKind<V1StorageClass>('StorageClass')
    expect(classes.map(({ metadata }) => metadata?.name)).toEqual(['nfs-client', 'nfs-client-retained', 'nfs-client-archived'])
    const defaults = classes.filter(
      ({ metadata }) => metadata?.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    )
    expect(defaults.map(({ metadata }) => metadata?.name)).toEqual(['nfs-client'])
    expect(classes.map(({ parameters }) => parameters)).toEqual([
      { archiveOnDelete: 'false' },
      { onDelete: 'retain' },
      { archiveOnDelete: 'true' },
    ])
    for (const { provisioner } of classes) expect(provisioner).toBe('k8s-sigs.io/nfs-subdir-external-provisioner')
  })
})

describe('untilProvisionerAvailable', () => {
  it('waits for a Pod of the newest template', async () => {
    const { deployment: applied } = deployment()
    if (!applied) throw new Error('no Deployment was applied')
    const waiting = untilProvisionerAvailable(kube, { signal, progress: () => {} })
    const metadata = { ...applied.metadata, generation: 2 }
    // The Pod of the template before: the controller has not seen the new one yet.
    kube.put({ ...applied, metadata, status: { availableReplicas: 1, observedGeneration: 1 } } as V1Deployment)
    const early = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 30, 'still waiting'))])
    expect(early).toBe('still waiting')
    kube.put({ ...applied, metadata, status: { availableReplicas: 1, observedGeneration: 2 } } as V1Deployment)
    expect(await waiting).toBe('available')
    expect(kube.watches).toBe(0)
  })
})
