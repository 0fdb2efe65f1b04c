import type { V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { podDeleted } from '../../../scripts/checks/disturbances.ts'
import { allOf } from '../../../scripts/checks/object.ts'
import { redisKey, redisReplica } from '../../../scripts/checks/redis.ts'
import { survives } from '../../../scripts/checks/survives.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { RedisWorld } from '../../helpers/redis-world.ts'

const POD = 'redis-pv-sts-0'
const message = redisKey(POD, 'message', 'hello world')
const check = survives(message, podDeleted(POD), { timeoutMs: 300 })

function contextOf(world: RedisWorld): CheckContext {
  return checkContext({ kube: world.kube, export: world, namespace: world.namespace })
}

function podRef(world: RedisWorld) {
  return { apiVersion: 'v1', kind: 'Pod', namespace: world.namespace, name: POD }
}

function claimRef(world: RedisWorld) {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: world.namespace, name: `redis-100m-pvc-${POD}` }
}

/** The learner deletes the Pod, and waits for the next. */
async function deletePod(world: RedisWorld): Promise<void> {
  const uid = world.kube.peek<V1Pod>(podRef(world))?.metadata?.uid
  await world.kube.delete(podRef(world), { signal: new AbortController().signal })
  await expect.poll(() => world.kube.peek<V1Pod>(podRef(world))?.metadata?.uid ?? uid).not.toBe(uid)
}

describe('survives(redisKey, podDeleted)', () => {
  test('is met when the data is on the claim: another Pod UID, the same PVC UID and PV', async () => {
    const world = new RedisWorld()
    const before = world.kube.peek<V1Pod>(podRef(world))?.metadata?.uid
    world.cli(POD, 'SET', 'message', 'hello world')
    const finding = await check.run(contextOf(world))
    expect(finding).toMatchObject({ met: true, message: expect.stringContaining(`Pod ${POD} was deleted and came back`) })
    const claim = world.kube.peek<V1PersistentVolumeClaim>(claimRef(world))
    expect(finding.evidence).toEqual([
      {
        expected: `UID other than ${before}`,
        observed: `UID ${world.kube.peek<V1Pod>(podRef(world))?.metadata?.uid}`,
        command: `kubectl -n lab-redis get pod ${POD} -o 'jsonpath={.metadata.uid}'`,
      },
      {
        expected: `PVC redis-100m-pvc-${POD} still UID ${claim?.metadata?.uid}, PV pv-${POD}`,
        observed: `PVC redis-100m-pvc-${POD} still UID ${claim?.metadata?.uid}, PV pv-${POD}`,
        command: `kubectl -n lab-redis get pvc redis-100m-pvc-${POD}`,
      },
      {
        expected: 'message = "hello world"',
        observed: 'message = "hello world"',
        command: `kubectl -n lab-redis exec ${POD} -- redis-cli GET message`,
      },
    ])
    expect(world.kube.calls.filter((call) => call.startsWith('delete'))).toEqual([`delete Pod ${POD}`])
    expect(world.kube.watches).toBe(0)
  })

  test.each([
    ['there is no volume', null],
    ['the volume is mounted elsewhere than /data', '/redis-data'],
  ])('is refused when %s', async (_why, mountPath) => {
    const world = new RedisWorld({ mountPath })
    world.cli(POD, 'SET', 'message', 'hello world')
    // The default patience would outlast this test: a master that answers has nothing more to come.
    const finding = await survives(message, podDeleted(POD)).run(contextOf(world))
    expect(finding).toMatchObject({
      met: false,
      message: `after Pod ${POD} was deleted: Redis in ${POD}: expected message = "hello world", saw no message`,
    })
  })

  test('waits for a Redis that is still reading its dump', async () => {
    const world = new RedisWorld()
    world.cli(POD, 'SET', 'message', 'hello world')
    const original = world.kube.onExec
    let loading = 0
    world.kube.onExec = (pod, command) => {
      if (command[1] === 'GET' && world.kube.calls.length > 0 && loading++ < 2)
        return { exitCode: 0, stdout: 'LOADING Redis is loading the dataset in memory\n', stderr: '' }
      return original(pod, command)
    }
    expect(await survives(message, podDeleted(POD)).run(contextOf(world))).toMatchObject({ met: true })
    expect(loading).toBe(3)
  })

  test('is refused when the Pod was killed and Redis could not save', async () => {
    const world = new RedisWorld()
    world.cli(POD, 'SET', 'message', 'hello world')
    expect(await survives(message, podDeleted(POD, { force: true }), { timeoutMs: 50 }).run(contextOf(world))).toMatchObject({
      met: false,
    })
  })

  test('is refused when the claim was replaced, though the data is there', async () => {
    const world = new RedisWorld()
    world.cli(POD, 'SET', 'message', 'hello world')
    const original = world.kube.onDelete
    world.kube.onDelete = (ref, grace) => {
      const claim = world.kube.peek<V1PersistentVolumeClaim>(claimRef(world))
      if (claim) world.kube.put({ ...claim, metadata: { ...claim.metadata, uid: 'another' } })
      original(ref, grace)
    }
    const finding = await check.run(contextOf(world))
    expect(finding).toMatchObject({
      met: false,
      message: expect.stringMatching(/saw PVC redis-100m-pvc-redis-pv-sts-0 still UID another/),
    })
  })

  test('disturbs nothing when it is not true to begin with', async () => {
    const world = new RedisWorld()
    expect(await check.run(contextOf(world))).toMatchObject({
      met: false,
      message: expect.stringMatching(/^nothing was disturbed, because before it: /),
    })
    expect(world.kube.calls).toEqual([])
  })

  test('does not delete a Pod that nothing would make again', async () => {
    const world = new RedisWorld()
    world.cli(POD, 'SET', 'message', 'hello world')
    const pod = world.kube.peek<V1Pod>(podRef(world)) as V1Pod
    const { ownerReferences: _none, ...metadata } = pod.metadata ?? {}
    world.kube.put({ ...pod, metadata })
    expect(await check.run(contextOf(world))).toMatchObject({
      met: false,
      message: expect.stringMatching(/has no controller that would make it again/),
    })
    expect(world.kube.calls).toEqual([])
  })

  test('says what became of a Pod that does not come back', async () => {
    const world = new RedisWorld()
    world.cli(POD, 'SET', 'message', 'hello world')
    world.kube.onDelete = (ref) => world.kube.remove(ref)
    const finding = await survives(message, podDeleted(POD, { timeoutMs: 30 })).run(contextOf(world))
    expect(finding).toMatchObject({ met: false, message: `Pod ${POD} was deleted and did not come back: there is no Pod ${POD}` })
  })

  test('ends with the reason of a signal that aborts', async () => {
    const world = new RedisWorld()
    world.cli(POD, 'SET', 'message', 'hello world')
    const controller = new AbortController()
    world.kube.onDelete = () => controller.abort(new Error('Ctrl-C'))
    await expect(check.run({ ...contextOf(world), signal: controller.signal })).rejects.toThrow('Ctrl-C')
  })
})

describe("the learner's own deletion", () => {
  test('counts when an event tells of it, the claim is older, and the dump is older than the running container', async () => {
    const world = new RedisWorld()
    world.cli(POD, 'SET', 'message', 'hello world')
    await deletePod(world)
    const finding = await check.proven?.(contextOf(world))
    expect(finding).toMatchObject({ met: true })
    expect(finding?.message).toMatch(/dump\.rdb of .* holds message = "hello world"/)
  })

  test.each<[string, (world: RedisWorld) => Promise<unknown> | unknown]>([
    ['nothing was deleted', (world) => world.cli(POD, 'SET', 'message', 'hello world')],
    [
      'the message was only set after the deletion',
      async (world) => {
        await deletePod(world)
        world.cli(POD, 'SET', 'message', 'hello world')
      },
    ],
    [
      'the message was only set and saved after the deletion',
      async (world) => {
        await deletePod(world)
        world.cli(POD, 'SET', 'message', 'hello world')
        world.cli(POD, 'SAVE')
      },
    ],
    [
      'another message was there before it',
      async (world) => {
        world.cli(POD, 'SET', 'message', 'hello')
        await deletePod(world)
        world.cli(POD, 'SET', 'message', 'hello world')
      },
    ],
    [
      'the container was restarted since',
      async (world) => {
        world.cli(POD, 'SET', 'message', 'hello world')
        await deletePod(world)
        const pod = world.kube.peek<V1Pod>(podRef(world)) as V1Pod
        const [container] = pod.status?.containerStatuses ?? []
        if (container) container.restartCount = 1
        world.kube.put(pod)
      },
    ],
    [
      'the claim is newer than the deleted Pod',
      async (world) => {
        world.cli(POD, 'SET', 'message', 'hello world')
        await deletePod(world)
        const claim = world.kube.peek<V1PersistentVolumeClaim>(claimRef(world))
        world.kube.put({ ...claim, metadata: { ...claim?.metadata, creationTimestamp: new Date() } } as V1PersistentVolumeClaim)
      },
    ],
  ])('does not count when %s', async (_why, act) => {
    const world = new RedisWorld()
    await act(world)
    expect(await check.proven?.(contextOf(world))).toBeUndefined()
  })

  test('does not count for data in a container, whose mount is elsewhere', async () => {
    const world = new RedisWorld({ mountPath: '/redis-data' })
    await deletePod(world)
    world.cli(POD, 'SET', 'message', 'hello world')
    expect(await check.proven?.(contextOf(world))).toBeUndefined()
  })

  test('cannot be proven for a kill, nor for what leaves no dump', () => {
    expect(podDeleted(POD, { force: true }).proven).toBeUndefined()
    expect(redisReplica(POD, { of: 'b' })).not.toHaveProperty('provenSince')
  })
})

describe('survives(redisReplica, podDeleted)', () => {
  const follows = redisReplica('redis-pv-sts-1', { of: POD })
  const returns = survives(allOf(follows, redisKey('redis-pv-sts-1', 'abc', '1')), podDeleted(POD, { newAddress: true }), {
    timeoutMs: 300,
  })

  test('is met by a replica that follows a name', async () => {
    const world = new RedisWorld()
    world.cli('redis-pv-sts-1', 'REPLICAOF', 'redis-pv-sts-0.redis-svc', '6379')
    world.cli(POD, 'SET', 'abc', '1')
    expect(await returns.run(contextOf(world))).toMatchObject({ met: true })
  })

  test('is refused for one that follows a Pod IP: right before, down after', async () => {
    const world = new RedisWorld()
    world.cli('redis-pv-sts-1', 'REPLICAOF', world.kube.peek<V1Pod>(podRef(world))?.status?.podIP ?? '', '6379')
    world.cli(POD, 'SET', 'abc', '1')
    expect(await follows.run(contextOf(world))).toMatchObject({ met: true })
    expect(await returns.run(contextOf(world))).toMatchObject({
      met: false,
      settled: true,
      message: expect.stringMatching(
        /expected a master_host that leads to redis-pv-sts-0 \(10\.244\.0\.4\), saw master_host:10\.244\.0\.2;.*saw master_link_status:down/,
      ),
    })
  })

  test('a Pod that comes back with the same IP shows nothing, so it is deleted again', async () => {
    const world = new RedisWorld()
    world.cli('redis-pv-sts-1', 'REPLICAOF', 'redis-pv-sts-0.redis-svc', '6379')
    world.cli(POD, 'SET', 'abc', '1')
    const address = world.kube.peek<V1Pod>(podRef(world))?.status?.podIP
    const put = world.kube.put.bind(world.kube)
    let same = 1
    world.kube.put = (object) => {
      const pod = object as V1Pod
      return put(
        pod.kind === 'Pod' && pod.metadata?.name === POD && same-- > 0
          ? ({ ...pod, status: { ...pod.status, podIP: address } } as unknown as typeof object)
          : object,
      )
    }
    expect(await returns.run(contextOf(world))).toMatchObject({ met: true })
    expect(world.kube.calls.filter((call) => call === `delete Pod ${POD}`)).toHaveLength(2)
  })
})
