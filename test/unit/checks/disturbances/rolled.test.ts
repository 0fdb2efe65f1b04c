import { describe, expect, test } from 'vitest'
import { rolled } from '../../../../scripts/checks/disturbances/rolled.ts'
import { StatefulSetWorld } from '../../../helpers/statefulset-world.ts'

describe('rolled', () => {
  test('is met when every Pod was replaced, from the highest, one at a time', async () => {
    const world = new StatefulSetWorld({ replicas: 3 })
    const before = [0, 1, 2].map((ordinal) => world.pod(ordinal)?.metadata?.uid)
    const finding = await rolled('web').run(world.context())
    expect(finding).toMatchObject({ met: true })
    expect(finding.message).toMatch(/: -2 ending .*, -2 ready .*, -1 ending .*, -1 ready .*, -0 ending .*, -0 ready/)
    for (const [ordinal, uid] of before.entries()) expect(world.pod(ordinal)?.metadata?.uid).not.toBe(uid)
    expect(world.kube.watches).toBe(0)
  })

  test('is refused by an update from the lowest', async () => {
    const world = new StatefulSetWorld({ replicas: 3, lowestFirst: true })
    const finding = await rolled('web').run(world.context())
    expect(finding).toMatchObject({ met: false, message: expect.stringMatching(/expected -2, -1, -0 replaced from the highest/) })
  })

  test('is refused when claims were lost on the way', async () => {
    const world = new StatefulSetWorld({ replicas: 2, forgetsClaims: true })
    const finding = await rolled('web').run(world.context())
    expect(finding).toMatchObject({ met: false, message: expect.stringMatching(/expected PVC data-web-0 still UID/) })
  })

  test('says how far an update came that does not end', async () => {
    const world = new StatefulSetWorld({ replicas: 2, neverReady: [0] })
    const finding = await rolled('web', { timeoutMs: 50 }).run(world.context())
    expect(finding).toMatchObject({ met: false, message: expect.stringMatching(/web-0 Running but not ready/) })
  })
})
