import type { V1Pod, V1StatefulSet } from '@kubernetes/client-node'
import { beforeEach, describe, expect, test } from 'vitest'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { headlessService, statefulSetReady } from '../../../scripts/checks/statefulset.ts'
import { checkContext } from '../../helpers/check-context.ts'
import type { FakeKube } from '../../helpers/fake-kube.ts'
import { RedisWorld } from '../../helpers/redis-world.ts'

let world: RedisWorld
let kube: FakeKube
let context: CheckContext
const SET = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'lab-redis', name: 'redis-pv-sts' }

beforeEach(() => {
  world = new RedisWorld()
  kube = world.kube
  context = checkContext({ kube, export: world, namespace: 'lab-redis' })
})

function changeSet(change: (set: V1StatefulSet) => V1StatefulSet): void {
  kube.put(change(kube.peek<V1StatefulSet>(SET) as V1StatefulSet))
}

describe('statefulSetReady', () => {
  const check = statefulSetReady('redis-pv-sts', { replicas: 2 })

  test('is met by as many ready Pods as it asks for', async () => {
    expect(await check.run(context)).toEqual({
      met: true,
      message: 'StatefulSet redis-pv-sts: 2 replicas asked for, 2 ready',
      evidence: [
        {
          expected: '2 replicas asked for',
          observed: '2 replicas asked for',
          command: 'kubectl -n lab-redis get statefulset redis-pv-sts',
        },
        { expected: '2 ready', observed: '2 ready', command: 'kubectl -n lab-redis get pods' },
      ],
    })
  })

  test('is refused by a Deployment of the same name', async () => {
    kube.remove(SET)
    kube.put({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'redis-pv-sts', namespace: 'lab-redis' } })
    expect(await check.run(context)).toMatchObject({
      met: false,
      message: 'StatefulSet redis-pv-sts: expected a StatefulSet of this name, saw none',
    })
  })

  test('is refused by another number of replicas, all ready', async () => {
    changeSet(
      (set) =>
        ({
          ...set,
          spec: { ...set.spec, replicas: 1 } as V1StatefulSet['spec'],
          status: { ...set.status, replicas: 1, readyReplicas: 1 },
        }) as V1StatefulSet,
    )
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('saw 1 replicas asked for') })
  })

  test('says which Pod is not ready and why: its claim has no class', async () => {
    changeSet(
      (set) => ({ ...set, status: { ...set.status, replicas: 1, readyReplicas: 0 } as V1StatefulSet['status'] }) as V1StatefulSet,
    )
    const pod = kube.peek<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace: 'lab-redis', name: 'redis-pv-sts-0' })
    kube.put({ ...pod, status: { phase: 'Pending' } } as V1Pod)
    kube.put({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'redis-100m-pvc-redis-pv-sts-0', namespace: 'lab-redis' },
      spec: { storageClassName: 'nfs-clinet' },
      status: { phase: 'Pending' },
    } as never)
    expect((await check.run(context)).message).toBe(
      'StatefulSet redis-pv-sts: expected 2 ready, saw 0 ready (Pod redis-pv-sts-0 Pending: PVC redis-100m-pvc-redis-pv-sts-0 Pending: no StorageClass nfs-clinet)',
    )
    expect((await check.run({ ...context, language: 'zh' })).message).toMatch(
      /Pod redis-pv-sts-0 Pending：PVC redis-100m-pvc-redis-pv-sts-0 Pending：没有 StorageClass nfs-clinet/,
    )
  })

  test('does not believe counts from before the latest change, nor during an update', async () => {
    changeSet((set) => ({ ...set, metadata: { ...set.metadata, generation: 2 } }))
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('an update is under way') })
    changeSet(
      (set) =>
        ({
          ...set,
          metadata: { ...set.metadata, generation: 1 },
          status: { ...set.status, updateRevision: 'r2' } as V1StatefulSet['status'],
        }) as V1StatefulSet,
    )
    expect(await check.run(context)).toMatchObject({ met: false })
  })
})

describe('headlessService', () => {
  const check = headlessService('redis-svc', { governs: 'redis-pv-sts' })
  const service = (clusterIP: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'redis-svc', namespace: 'lab-redis' },
    spec: { clusterIP },
  })

  function listPods(...names: string[]): void {
    const endpoints = names.map((name) => ({
      targetRef: { uid: kube.peek({ apiVersion: 'v1', kind: 'Pod', namespace: 'lab-redis', name })?.metadata?.uid },
    }))
    kube.put({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'redis-svc-x', namespace: 'lab-redis', labels: { 'kubernetes.io/service-name': 'redis-svc' } },
      endpoints,
    } as never)
  }

  beforeEach(() => {
    kube.put(service('None'))
    listPods('redis-pv-sts-0', 'redis-pv-sts-1')
  })

  test('is met by a headless Service that lists every Pod of the StatefulSet', async () => {
    expect(await check.run(context)).toMatchObject({ met: true, message: expect.stringContaining('lists 2 Pods') })
  })

  test.each<[string, () => void, RegExp]>([
    [
      'there is none',
      () => kube.remove({ apiVersion: 'v1', kind: 'Service', namespace: 'lab-redis', name: 'redis-svc' }),
      /expected a Service of this name, saw none/,
    ],
    ['it has an IP', () => void kube.put(service('10.96.0.10')), /expected clusterIP None, saw clusterIP 10\.96\.0\.10/],
    [
      'the StatefulSet names another',
      () =>
        changeSet((set) => ({ ...set, spec: { ...set.spec, serviceName: 'redis' } as V1StatefulSet['spec'] }) as V1StatefulSet),
      /saw serviceName redis in/,
    ],
    ['it selects no Pods', () => listPods(), /does not list redis-pv-sts-0, redis-pv-sts-1/],
    ['it selects other Pods', () => listPods('redis-pv-sts-1'), /does not list redis-pv-sts-0/],
    ['there is no StatefulSet', () => kube.remove(SET), /serviceName absent in.*no ready Pods/],
  ])('is refused when %s', async (_why, spoil, message) => {
    spoil()
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })
})
