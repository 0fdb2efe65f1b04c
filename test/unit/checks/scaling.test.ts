import { describe, expect, test } from 'vitest'
import { madeAtOnce } from '../../../scripts/checks/made-at-once.ts'
import { madeInOrder } from '../../../scripts/checks/made-in-order.ts'
import { scaleDownWaits } from '../../../scripts/checks/scale-down-waits.ts'
import { StatefulSetWorld } from '../../helpers/statefulset-world.ts'

describe('madeInOrder', () => {
  const check = madeInOrder('web')

  test('is met by a StatefulSet that is made again in order', async () => {
    const world = new StatefulSetWorld({ replicas: 3 })
    const finding = await check.run(world.context())
    expect(finding).toMatchObject({
      met: true,
      message: expect.stringMatching(/-0 ready .*, -1 created .*, -1 ready .*, -2 created/),
    })
    expect(finding.evidence[0]).toMatchObject({ observed: 'podManagementPolicy OrderedReady' })
    expect(world.set.spec?.replicas).toBe(3)
  })

  test('is refused by one that makes its Pods at once', async () => {
    const world = new StatefulSetWorld({ replicas: 3, policy: 'Parallel' })
    expect(await check.run(world.context())).toMatchObject({
      met: false,
      message: expect.stringMatching(
        /expected podManagementPolicy OrderedReady, saw podManagementPolicy Parallel.*-1 created .*, -0 not ready/,
      ),
    })
  })

  test('disturbs nothing that is not ready', async () => {
    const world = new StatefulSetWorld({ replicas: 2, neverReady: [1] })
    expect(await check.run(world.context())).toMatchObject({
      met: false,
      message: expect.stringMatching(/^nothing was disturbed: /),
    })
    expect(world.kube.calls).toEqual([])
  })

  describe("by the Pods' timestamps", () => {
    function made(world: StatefulSetWorld, ordinal: number, createdAt: string, readyAt: string): void {
      const pod = world.pod(ordinal)
      if (!pod) throw new Error(`there is no Pod web-${ordinal}`)
      const status = { ...pod.status, conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(readyAt) }] }
      world.kube.put({ ...pod, metadata: { ...pod.metadata, creationTimestamp: new Date(createdAt) }, status })
    }

    test('is proven when each is a second younger than the readiness of the one before', async () => {
      const world = new StatefulSetWorld({ replicas: 2 })
      made(world, 0, '2026-11-21T10:00:00Z', '2026-11-21T10:00:02Z')
      made(world, 1, '2026-11-21T10:00:03Z', '2026-11-21T10:00:04Z')
      expect(await check.proven?.(world.context())).toMatchObject({
        met: true,
        message: expect.stringContaining('web-0 ready 10:00:02, web-1 created 10:00:03'),
      })
      expect(world.kube.calls).toEqual([])
    })

    test.each([
      ['within the same second', 'OrderedReady', '2026-11-21T10:00:02Z'],
      ['when the first was ready later, as after its deletion', 'OrderedReady', '2026-11-21T10:00:01Z'],
      ['of a StatefulSet that makes its Pods at once', 'Parallel', '2026-11-21T10:00:03Z'],
    ] as const)('is not proven %s', async (_when, policy, createdAt) => {
      const world = new StatefulSetWorld({ replicas: 2, policy })
      made(world, 0, '2026-11-21T10:00:00Z', '2026-11-21T10:00:02Z')
      made(world, 1, createdAt, '2026-11-21T10:00:04Z')
      expect(await check.proven?.(world.context())).toBeUndefined()
    })
  })
})

describe('scaleDownWaits', () => {
  const sickness = (pod: string) => ({ pod, begin: ['touch', '/tmp/ill'], end: ['rm', '/tmp/ill'] })
  const check = scaleDownWaits('web', sickness('web-1'))

  test('is met when the last Pod is only ended once the sick one is well', async () => {
    const world = new StatefulSetWorld({ replicas: 3 })
    const finding = await check.run(world.context())
    expect(finding).toMatchObject({
      met: true,
      message: expect.stringMatching(/-1 not ready .*, -1 ready .*, -2 ending/),
    })
    expect(world.set.spec?.replicas).toBe(3)
    expect(world.set.status?.readyReplicas).toBe(3)
    expect(world.kube.watches).toBe(0)
  })

  test('is refused by a StatefulSet that does not wait', async () => {
    const world = new StatefulSetWorld({ replicas: 3, policy: 'Parallel' })
    expect(await check.run(world.context())).toMatchObject({
      met: false,
      message: expect.stringMatching(/-2 ending .*, -1 ready/),
    })
  })

  test('needs a Pod below the last one', async () => {
    const world = new StatefulSetWorld({ replicas: 2 })
    const finding = await check.run(world.context())
    expect(finding).toMatchObject({ met: false, message: 'nothing was disturbed: web-1 is the last Pod' })
    expect(world.kube.calls).toEqual([])
  })

  test('mends the Pod and puts the replicas back when it is interrupted', async () => {
    const world = new StatefulSetWorld({ replicas: 3 })
    const controller = new AbortController()
    const patch = world.kube.patch
    world.kube.patch = async (ref, change, signal) => {
      if (!controller.signal.aborted) controller.abort(new Error('Ctrl-C'))
      return patch(ref, change, signal)
    }
    await expect(check.run(world.context({ signal: controller.signal }))).rejects.toThrow('Ctrl-C')
    await expect.poll(() => world.set.status?.readyReplicas).toBe(3)
    expect(world.set.spec?.replicas).toBe(3)
  })
})

describe('madeAtOnce', () => {
  const check = madeAtOnce('web', { neverReady: 0 })

  test('is met when all Pods are made, though one does not get ready', async () => {
    const world = new StatefulSetWorld({ replicas: 3, policy: 'Parallel', neverReady: [0] })
    const finding = await check.run(world.context())
    expect(finding).toMatchObject({ met: true, message: expect.stringMatching(/-0 created .*, -1 created .*, -2 created/) })
    expect(finding.evidence[1]).toMatchObject({ expected: '3 Pods created, -0 not ready' })
    expect(world.set.spec?.replicas).toBe(3)
    expect(world.kube.watches).toBe(0)
  })

  test('is refused when the others came after that Pod was ready', async () => {
    const world = new StatefulSetWorld({ replicas: 3, policy: 'Parallel', alwaysOrdered: true })
    expect(await check.run(world.context())).toMatchObject({ met: false, message: expect.stringMatching(/, -0 ready/) })
    expect(world.set.spec?.replicas).toBe(3)
  })

  test('leaves a StatefulSet alone that is to wait', async () => {
    const world = new StatefulSetWorld({ replicas: 3, neverReady: [0] })
    expect(await check.run(world.context())).toMatchObject({
      met: false,
      message: 'StatefulSet web: expected podManagementPolicy Parallel, saw podManagementPolicy OrderedReady',
    })
    expect(world.kube.calls).toEqual([])
  })

  test('says which Pods do not come, and puts the replicas back', async () => {
    const world = new StatefulSetWorld({ replicas: 3, policy: 'Parallel', neverReady: [0], makesNone: true })
    expect(await madeAtOnce('web', { neverReady: 0, timeoutMs: 50 }).run(world.context())).toMatchObject({
      met: false,
      message: expect.stringContaining('expected 3 Pods, saw 0 Pods'),
    })
    expect(world.set.spec?.replicas).toBe(3)
  })

  test('needs two Pods or more', async () => {
    const world = new StatefulSetWorld({ replicas: 1 })
    expect(await check.run(world.context())).toMatchObject({
      met: false,
      message: expect.stringMatching(/^nothing was disturbed/),
    })
    expect(world.kube.calls).toEqual([])
  })
})
