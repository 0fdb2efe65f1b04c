import { describe, expect, test } from 'vitest'
import { scaled } from '../../../../scripts/checks/disturbances/scaled.ts'
import { StatefulSetWorld } from '../../../helpers/statefulset-world.ts'

describe('scaled', () => {
  test('is met by a StatefulSet that comes in order, goes from the highest, and keeps its claims', async () => {
    const world = new StatefulSetWorld({ replicas: 2 })
    const claim = world.claim(1)?.metadata?.uid
    const finding = await scaled('web', [4, 1, 3]).run(world.context())
    expect(finding).toMatchObject({ met: true })
    expect(finding.message).toMatch(/-2 created .*, -2 ready .*, -3 created .*, -3 ready/)
    expect(finding.message).toMatch(/-3 ending .*, -3 gone .*, -2 ending .*, -2 gone .*, -1 ending/)
    expect(finding.evidence.map(({ observed }) => observed)).toContain(`PVC data-web-1 still UID ${claim}, PV pv-1`)
    expect(world.set.spec?.replicas).toBe(2)
    expect(world.kube.watches).toBe(0)
  })

  test.each([
    ['makes all at once', { policy: 'Parallel' }, [4], /-3 created .*, -2 not ready/],
    ['ends all at once', { replicas: 3, policy: 'Parallel' }, [1], /-1 ending .*, -2 still there/],
    ['ends the lowest first', { replicas: 3, lowestFirst: true }, [1], /-1 ending .*, -2 still there/],
    ['removes claims with their Pods', { replicas: 3, forgetsClaims: true }, [1], /saw PVC data-web-2 still gone/],
  ] as const)('is refused by one that %s', async (_what, options, steps, message) => {
    const world = new StatefulSetWorld(options)
    const finding = await scaled('web', steps).run(world.context())
    expect(finding).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })

  test('says which Pod does not come, and puts the replicas back', async () => {
    const world = new StatefulSetWorld({ replicas: 2, neverReady: [2] })
    const finding = await scaled('web', [4], { timeoutMs: 100 }).run(world.context())
    expect(finding).toMatchObject({ met: false })
    expect(finding.message).toMatch(/expected 4 ready Pods, saw 2 ready Pods: Pod web-2 Running but not ready/)
    expect(world.set.spec?.replicas).toBe(2)
  })

  test('puts the replicas back when it is interrupted', async () => {
    const world = new StatefulSetWorld({ replicas: 2, neverReady: [2] })
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('Ctrl-C')), 50)
    await expect(scaled('web', [4]).run(world.context({ signal: controller.signal }))).rejects.toThrow('Ctrl-C')
    expect(world.set.spec?.replicas).toBe(2)
    expect(world.kube.watches).toBe(0)
  })

  test('touches nothing where there is no such StatefulSet', async () => {
    const world = new StatefulSetWorld()
    expect(await scaled('other', [0]).run(world.context())).toMatchObject({
      met: false,
      message: 'there is no StatefulSet other',
    })
    expect(world.kube.calls).toEqual([])
  })
})
