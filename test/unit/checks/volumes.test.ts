import type { V1PersistentVolume, V1PersistentVolumeClaim, V1StatefulSet } from '@kubernetes/client-node'
import { beforeEach, describe, expect, test } from 'vitest'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { exportDirectory } from '../../../scripts/checks/export-directory.ts'
import { exportFile } from '../../../scripts/checks/export-file.ts'
import { mountedAt, pvcBound, pvcPending } from '../../../scripts/checks/volumes.ts'
import { checkContext } from '../../helpers/check-context.ts'
import type { FakeKube } from '../../helpers/fake-kube.ts'
import { RedisWorld } from '../../helpers/redis-world.ts'

const NAME = 'redis-100m-pvc-redis-pv-sts-0'
let world: RedisWorld
let kube: FakeKube
let context: CheckContext

beforeEach(() => use(new RedisWorld()))

function use(next: RedisWorld): void {
  world = next
  kube = world.kube
  context = checkContext({ kube, export: world, namespace: 'lab-redis' })
}

function changeClaim(change: (claim: V1PersistentVolumeClaim) => object): void {
  const claim = kube.peek<V1PersistentVolumeClaim>({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    namespace: 'lab-redis',
    name: NAME,
  })
  kube.put({ ...claim, ...change(claim as V1PersistentVolumeClaim) } as V1PersistentVolumeClaim)
}

describe('pvcBound', () => {
  const check = pvcBound(NAME, { storageClass: 'nfs-client', accessMode: 'ReadWriteMany', request: '100Mi' })

  test('is met by a claim that asks for this and has a volume, and names both', async () => {
    expect(await check.run(context)).toMatchObject({
      met: true,
      message: `PVC ${NAME}: class nfs-client, ReadWriteMany, 100Mi asked for, Bound to PV pv-redis-pv-sts-0`,
      evidence: expect.arrayContaining([
        { expected: 'Bound', observed: 'Bound to PV pv-redis-pv-sts-0', command: 'kubectl get pv pv-redis-pv-sts-0' },
      ]),
    })
  })

  test('takes one size in two spellings for the same', async () => {
    changeClaim(({ spec }) => ({ spec: { ...spec, resources: { requests: { storage: '102400Ki' } } } }))
    expect(await check.run(context)).toMatchObject({ met: true })
  })

  test.each<[string, (claim: V1PersistentVolumeClaim) => object, RegExp]>([
    [
      'another class',
      ({ spec }) => ({ spec: { ...spec, storageClassName: 'standard' } }),
      /expected class nfs-client, saw class standard/,
    ],
    ['no class', ({ spec }) => ({ spec: { ...spec, storageClassName: '' } }), /saw class none/],
    [
      'another access mode',
      ({ spec }) => ({ spec: { ...spec, accessModes: ['ReadWriteOnce'] } }),
      /expected ReadWriteMany, saw ReadWriteOnce/,
    ],
    [
      'another size',
      ({ spec }) => ({ spec: { ...spec, resources: { requests: { storage: '100M' } } } }),
      /expected 100Mi asked for, saw 100M asked for/,
    ],
    ['no volume', () => ({ status: { phase: 'Pending' } }), /expected Bound, saw Pending: no StorageClass nfs-client/],
    ['a volume that is gone', ({ spec }) => ({ spec: { ...spec, volumeName: 'gone' } }), /saw PV gone is gone/],
    [
      'the volume of another claim',
      ({ spec }) => ({ spec: { ...spec, volumeName: 'pv-redis-pv-sts-1' } }),
      /belongs to another claim/,
    ],
    ['a volume that was lost', () => ({ status: { phase: 'Lost' } }), /saw Lost/],
  ])('is refused by %s', async (_what, change, message) => {
    changeClaim(change)
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })

  test('is refused when there is none', async () => {
    expect(await pvcBound('other').run(context)).toMatchObject({
      met: false,
      message: 'PVC other: expected a PVC of this name, saw none',
    })
  })
})

describe('pvcPending', () => {
  test('is met by a claim that waits, for the reason given', async () => {
    changeClaim(() => ({ status: { phase: 'Pending' } }))
    expect(await pvcPending(NAME).run(context)).toMatchObject({ met: true })
    expect(await pvcPending(NAME, { because: /no StorageClass/ }).run(context)).toMatchObject({ met: true })
  })

  test('knows the reason in any language, and tells it in the learner’s', async () => {
    changeClaim(() => ({ status: { phase: 'Pending' } }))
    const finding = await pvcPending(NAME, { because: /no StorageClass/ }).run({ ...context, language: 'zh' })
    expect(finding).toMatchObject({ met: true, message: `PVC ${NAME}: PVC ${NAME} Pending：没有 StorageClass nfs-client` })
  })

  test('is not met by another reason, by a bound claim, or by none', async () => {
    expect(await pvcPending(NAME).run(context)).toMatchObject({ met: false })
    expect(await pvcPending('other').run(context)).toMatchObject({ met: false })
    changeClaim(() => ({ status: { phase: 'Pending' } }))
    kube.put({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'nfs-client' } })
    const involvedObject = { kind: 'PersistentVolumeClaim', name: NAME }
    const message = 'waiting for a volume to be created, either by external provisioner'
    kube.put({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'lab-redis' },
      involvedObject,
      message,
      lastTimestamp: new Date(),
    } as never)
    expect(await pvcPending(NAME, { because: /no StorageClass/ }).run(context)).toMatchObject({ met: false })
    expect(await pvcPending(NAME, { because: /external provisioner/ }).run(context)).toMatchObject({ met: true })
  })
})

describe('mountedAt', () => {
  const check = mountedAt('StatefulSet', 'redis-pv-sts', { claimTemplate: 'redis-100m-pvc', path: '/data' })

  test('is met by the template at the path, with or without a slash at its end', async () => {
    expect(await check.run(context)).toMatchObject({ met: true })
    use(new RedisWorld({ mountPath: '/data/' }))
    expect(await check.run(context)).toMatchObject({ met: true })
  })

  test('looks at a Pod as well, which has no template', async () => {
    const volumes = [{ name: 'vol', persistentVolumeClaim: { claimName: 'site' } }]
    const containers = [{ name: 'web', volumeMounts: [{ name: 'vol', mountPath: '/tmp' }] }]
    kube.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'lab-redis' },
      spec: { volumes, containers },
    } as never)
    const found = await mountedAt('Pod', 'web', { claim: 'site', path: '/tmp' }).run(context)
    expect(found).toMatchObject({
      met: true,
      evidence: [{ command: "kubectl -n lab-redis get pod web -o 'jsonpath={.spec.containers[*].volumeMounts}'" }],
    })
    expect(await mountedAt('Pod', 'web', { claim: 'other', path: '/tmp' }).run(context)).toMatchObject({ met: false })
  })

  test('is refused by a mount elsewhere', async () => {
    use(new RedisWorld({ mountPath: '/redis-data' }))
    expect((await check.run(context)).message).toBe(
      'StatefulSet redis-pv-sts: expected claim template redis-100m-pvc at /data, saw claim template redis-100m-pvc at /redis-data',
    )
  })

  test('is refused by a StatefulSet without the template, though a volume of its name is mounted there', async () => {
    const set = kube.peek<V1StatefulSet>({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      namespace: 'lab-redis',
      name: 'redis-pv-sts',
    })
    kube.put({ ...set, spec: { ...set?.spec, volumeClaimTemplates: [] } } as unknown as V1StatefulSet)
    expect(await check.run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('saw no claim template redis-100m-pvc'),
    })
  })

  test('finds a claim that a Deployment mounts, in the container asked for', async () => {
    const containers = [{ name: 'a' }, { name: 'b', volumeMounts: [{ name: 'v', mountPath: '/data' }] }]
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'shared' } }]
    kube.put({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'lab-redis' },
      spec: { template: { spec: { containers, volumes } } },
    } as never)
    expect(await mountedAt('Deployment', 'web', { claim: 'shared', path: '/data', container: 'b' }).run(context)).toMatchObject({
      met: true,
    })
    expect(await mountedAt('Deployment', 'web', { claim: 'shared', path: '/data' }).run(context)).toMatchObject({ met: false })
  })
})

describe('the export', () => {
  test("has the claim's directory, by the provisioner's rule", async () => {
    expect(await exportDirectory({ claim: NAME }).run(context)).toMatchObject({
      met: true,
      evidence: [
        { observed: `the volume's directory lab-redis-${NAME}-pv-redis-pv-sts-0`, command: 'docker exec nfs ls -la /export/' },
        { observed: 'it on the server with mode 777' },
      ],
    })
  })

  test.each<[string, () => unknown, RegExp]>([
    [
      'the volume is no NFS',
      () =>
        void kube.put({
          apiVersion: 'v1',
          kind: 'PersistentVolume',
          metadata: { name: 'pv-redis-pv-sts-0' },
          spec: { hostPath: { path: '/tmp' } },
        } as V1PersistentVolume),
      /PV pv-redis-pv-sts-0 is not NFS/,
    ],
    [
      'the volume was made by hand',
      () =>
        void kube.put({
          apiVersion: 'v1',
          kind: 'PersistentVolume',
          metadata: { name: 'pv-redis-pv-sts-0' },
          spec: { nfs: { path: '/export/mine', server: 'x' } },
        } as V1PersistentVolume),
      /saw the volume's directory mine/,
    ],
    ['the directory is gone', () => Object.assign(world, { list: async () => [] }), /no such directory/],
    [
      'others may not write to it',
      () =>
        Object.assign(world, {
          list: async () => [
            { name: `lab-redis-${NAME}-pv-redis-pv-sts-0`, kind: 'directory', mode: 0o755, sizeBytes: 0, modifiedAt: new Date() },
          ],
        }),
      /mode 755/,
    ],
    [
      'the claim is not bound',
      () => changeClaim(({ spec }) => ({ spec: { ...spec, volumeName: undefined }, status: { phase: 'Pending' } })),
      /none: the PVC is Pending/,
    ],
  ])('exportDirectory is refused when %s', async (_why, spoil, message) => {
    spoil()
    expect(await exportDirectory({ claim: NAME }).run(context)).toMatchObject({
      met: false,
      message: expect.stringMatching(message),
    })
  })

  test('exportFile looks for bytes, in any alphabet, and shows a text that it does not want', async () => {
    const check = exportFile({ claim: NAME, file: 'dump.rdb', contains: '你好' })
    expect(await check.run(context)).toMatchObject({
      met: false,
      message: expect.stringMatching(/dump\.rdb: expected "你好" in .*dump\.rdb, saw no such file$/),
    })
    world.read = async (file) =>
      file.endsWith('-pv-redis-pv-sts-0/dump.rdb') ? `REDIS${Buffer.from('你好').toString('latin1')}` : undefined
    expect(await check.run(context)).toMatchObject({ met: true })
    expect(await exportFile({ claim: NAME, file: 'dump.rdb', contains: '再见' }).run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('saw "REDIS你好"'),
      evidence: [{ command: expect.stringMatching(/^docker exec nfs cat .*dump\.rdb$/) }],
    })
    world.read = async () => 'REDIS\0'
    expect(await check.run(context)).toMatchObject({
      message: expect.stringContaining('6 bytes without it'),
      evidence: [{ command: expect.stringMatching(/^docker exec nfs ls -la .*dump\.rdb$/) }],
    })
    expect(await exportFile({ claim: NAME, file: 'dump.rdb' }).run(context)).toMatchObject({ met: true })
  })
})
