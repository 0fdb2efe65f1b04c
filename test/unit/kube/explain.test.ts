import type { CoreV1Event, V1PersistentVolume, V1PersistentVolumeClaim, V1Pod, V1StorageClass } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { describePod } from '../../../scripts/kube/describe.ts'
import { explainClaim, explainPod } from '../../../scripts/kube/explain.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const { signal } = new AbortController()
const NAMED = { namespace: 'lab-x', name: 'data' }

const claim = (spec: V1PersistentVolumeClaim['spec'] = {}, phase = 'Pending'): V1PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { ...NAMED },
  spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '100Mi' } }, ...spec },
  status: { phase },
})

const volume = (name: string, spec: V1PersistentVolume['spec'] = {}, phase = 'Available'): V1PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, labels: { disk: 'slow' } },
  spec: { capacity: { storage: '50Mi' }, accessModes: ['ReadWriteOnce'], ...spec },
  status: { phase },
})

const storageClass = (name: string): V1StorageClass => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner: 'example.com/nfs',
})

const event = (kind: string, message: string): CoreV1Event => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { namespace: NAMED.namespace, name: `${kind}-event` },
  involvedObject: { kind, name: NAMED.name },
  lastTimestamp: new Date(),
  message,
})

const pod = (status: NonNullable<V1Pod['status']>, spec: NonNullable<V1Pod['spec']> = { containers: [] }): V1Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...NAMED },
  spec,
  status,
})

const explained = (...objects: ConstructorParameters<typeof FakeKube>) => explainClaim(new FakeKube(...objects), NAMED, signal)

describe('explainClaim', () => {
  it('says that there is none', async () => {
    expect(await explained()).toEqual({ en: 'there is no PVC data', zh: '没有 PVC data' })
  })

  it('says of one that does not wait what it is', async () => {
    expect(await explained(claim({}, 'Bound'))).toEqual({ en: 'PVC data Bound', zh: 'PVC data Bound' })
  })

  it('names a class that does not exist', async () => {
    expect(await explained(claim({ storageClassName: 'nfs-clinet' }), volume('other', { storageClassName: 'fast' }))).toEqual({
      en: 'PVC data Pending: no StorageClass nfs-clinet',
      zh: 'PVC data Pending：没有 StorageClass nfs-clinet',
    })
  })

  it('tells the last event of one whose class exists', async () => {
    const message = 'waiting for a volume to be created'
    const objects = [claim({ storageClassName: 'nfs' }), storageClass('nfs'), event('PersistentVolumeClaim', message)]
    expect(await explained(...objects)).toEqual({
      en: `PVC data Pending: ${message}`,
      zh: `PVC data Pending：${message}`,
    })
  })

  it('says of a static claim which volume is missing, not which class', async () => {
    const told = event('PersistentVolumeClaim', 'no persistent volumes available for this claim and no storage class is set')
    expect(await explained(claim({ storageClassName: '' }), told)).toEqual({
      en: 'PVC data Pending: no PersistentVolume that fits: 100Mi, ReadWriteMany',
      zh: 'PVC data Pending：没有合适的 PersistentVolume：100Mi, ReadWriteMany',
    })
  })

  it('shows the volumes a static claim could not take, but none that is bound or of a class', async () => {
    const objects = [volume('small'), volume('used', {}, 'Released'), volume('taken', {}, 'Bound')]
    const { en, zh } = await explained(claim({ storageClassName: '' }), ...objects, volume('dyn', { storageClassName: 'nfs' }))
    expect(en).toMatch(
      /: 100Mi, ReadWriteMany; there is small \(Available, 50Mi, ReadWriteOnce\), used \(Released, 50Mi, ReadWriteOnce\)$/,
    )
    expect(zh).toMatch(/；现有 small \(Available, 50Mi, ReadWriteOnce\), used \(Released, 50Mi, ReadWriteOnce\)$/)
  })

  it('names the selector and the labels there are, and the volume that was asked for by name', async () => {
    const selector = { matchLabels: { disk: 'fast' }, matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }] }
    const { en } = await explained(claim({ storageClassName: '', selector, volumeName: 'mine' }), volume('small'))
    expect(en).toBe(
      'PVC data Pending: no PersistentVolume that fits: PV mine, 100Mi, ReadWriteMany, selector disk=fast, zone In (a, b); ' +
        'there is small (Available, 50Mi, ReadWriteOnce, disk=slow)',
    )
  })

  it('says that there is no default class for one that names none', async () => {
    expect(await explained(claim())).toEqual({
      en: 'PVC data Pending: no default StorageClass, and no PersistentVolume that fits: 100Mi, ReadWriteMany',
      zh: 'PVC data Pending：没有默认的 StorageClass，也没有合适的 PersistentVolume：100Mi, ReadWriteMany',
    })
  })

  it('shows the volumes of a class that is nothing but their name', async () => {
    const { en } = await explained(claim({ storageClassName: 'manual' }), volume('small', { storageClassName: 'manual' }))
    expect(en).toBe(
      'PVC data Pending: no StorageClass manual, and no PersistentVolume that fits: 100Mi, ReadWriteMany; ' +
        'there is small (Available, 50Mi, ReadWriteOnce)',
    )
  })
})

describe('explainPod', () => {
  const explainedPod = (...objects: ConstructorParameters<typeof FakeKube>) => explainPod(new FakeKube(...objects), NAMED, signal)
  const mounting = { containers: [], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: NAMED.name } }] }

  it('says that there is none', async () => {
    expect(await explainedPod()).toEqual({ en: 'there is no Pod data', zh: '没有 Pod data' })
  })

  it('names the claim that a Pod waits for, and what that waits for', async () => {
    expect(await explainedPod(pod({ phase: 'Pending' }, mounting), claim({ storageClassName: 'gone' }))).toEqual({
      en: 'Pod data Pending: PVC data Pending: no StorageClass gone',
      zh: 'Pod data Pending：PVC data Pending：没有 StorageClass gone',
    })
  })

  it('tells the last event of a Pod whose claims are bound', async () => {
    const message = '0/2 nodes are available'
    expect(await explainedPod(pod({ phase: 'Pending' }, mounting), claim({}, 'Bound'), event('Pod', message))).toEqual({
      en: `Pod data Pending: ${message}`,
      zh: `Pod data Pending：${message}`,
    })
  })

  it('tells the state of a Pod that has begun', async () => {
    expect(await explainedPod(pod({ phase: 'Running' }))).toEqual({
      en: 'Pod data Running but not ready',
      zh: 'Pod data Running，但未就绪',
    })
  })
})

describe('describePod', () => {
  it.each<[string, V1Pod, { en: string; zh: string }]>([
    ['ready', pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }), { en: 'is ready', zh: '已就绪' }],
    [
      'stuck with a container',
      pod({
        phase: 'Pending',
        containerStatuses: [
          {
            name: 'redis',
            image: '',
            imageID: '',
            ready: false,
            restartCount: 0,
            state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } },
          },
        ],
      }),
      { en: 'Pending, container redis: ErrImagePull: no such image', zh: 'Pending，容器 redis：ErrImagePull: no such image' },
    ],
    ['not scheduled', pod({ phase: 'Pending' }), { en: 'Pending', zh: 'Pending' }],
  ])('tells of a Pod that is %s', (_what, of, text) => {
    expect(describePod(of)).toEqual(text)
  })
})
