import type { V1Pod } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { redisDumps } from '../../../scripts/checks/redis-dumps.ts'
import { RedisWorld } from '../../helpers/redis-world.ts'
import { checkContext } from '../../helpers/check-context.ts'

const MARK = 'statelab-mark'

function contextOf(world: RedisWorld): CheckContext {
  return checkContext({ kube: world.kube, export: world, namespace: world.namespace })
}

/** One claim for both: what -1 mounts is the claim of -0, and it saves there. */
function share(world: RedisWorld): void {
  const { namespace } = world
  const pod = structuredClone(world.kube.peek<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'redis-pv-sts-1' }))
  const claim = pod?.spec?.volumes?.[0]?.persistentVolumeClaim
  if (!pod || !claim) throw new Error('the world has no such Pod')
  claim.claimName = 'redis-100m-pvc-redis-pv-sts-0'
  world.kube.put(pod)
  const exec = world.kube.onExec
  world.kube.onExec = (name, command) => {
    if (name !== 'redis-pv-sts-1' || command[1] !== 'SAVE') return exec(name, command)
    const own = world.cli('redis-pv-sts-0', 'GET', MARK)
    world.cli('redis-pv-sts-0', 'SET', MARK, world.cli('redis-pv-sts-1', 'GET', MARK))
    const saved = exec('redis-pv-sts-0', command)
    world.cli('redis-pv-sts-0', 'SET', MARK, own)
    return saved
  }
}

describe('redisDumps', () => {
  test('each Redis with a claim of its own keeps its own dump', async () => {
    const world = new RedisWorld()
    const own = await redisDumps('StatefulSet', 'redis-pv-sts', 'own').run(contextOf(world))
    expect(own).toMatchObject({
      met: true,
      message:
        'StatefulSet redis-pv-sts: dump of redis-pv-sts-0 with the mark of Redis #1, dump of redis-pv-sts-1 with the mark of Redis #2',
    })
    const overwritten = await redisDumps('StatefulSet', 'redis-pv-sts', 'overwritten').run(contextOf(world))
    expect(overwritten).toMatchObject({
      met: false,
      message: expect.stringMatching(/expected one file for all of them, saw 2 files/),
    })
  })

  test('of two Redis with one claim, the one that saves last has the dump', async () => {
    const world = new RedisWorld()
    share(world)
    const overwritten = await redisDumps('StatefulSet', 'redis-pv-sts', 'overwritten').run(contextOf(world))
    expect(overwritten).toMatchObject({
      met: true,
      message: expect.stringMatching(/dump of redis-pv-sts-0 with the mark of Redis #2,/),
    })
    const own = await redisDumps('StatefulSet', 'redis-pv-sts', 'own').run(contextOf(world))
    expect(own).toMatchObject({
      met: false,
      message: expect.stringMatching(/expected dump of redis-pv-sts-0 with the mark of Redis #1, saw .* #2/),
    })
  })

  test.each([
    ['there is no volume', null],
    ['the volume is mounted elsewhere', '/redis-data'],
  ])('is refused when %s', async (_why, mountPath) => {
    const finding = await redisDumps('StatefulSet', 'redis-pv-sts', 'own').run(contextOf(new RedisWorld({ mountPath })))
    expect(finding).toMatchObject({ met: false, message: expect.stringMatching(/no such claim/) })
  })

  test('touches nothing where there are not two', async () => {
    const world = new RedisWorld()
    world.kube.remove({ apiVersion: 'v1', kind: 'Pod', namespace: world.namespace, name: 'redis-pv-sts-1' })
    const finding = await redisDumps('StatefulSet', 'redis-pv-sts', 'own').run(contextOf(world))
    expect(finding).toMatchObject({ met: false, message: 'StatefulSet redis-pv-sts has fewer than two ready Pods' })
    expect(world.cli('redis-pv-sts-0', 'GET', MARK)).toBe('')
  })

  test('deletes its marks, also when it is interrupted', async () => {
    const world = new RedisWorld()
    const stop = new AbortController()
    const exec = world.kube.onExec
    const deleted: string[] = []
    world.kube.onExec = (pod, command) => {
      if (command[1] === 'SAVE') stop.abort(new Error('Ctrl-C'))
      if (command[1] === 'DEL') deleted.push(`${pod} ${command[2]}`)
      return exec(pod, command)
    }
    const check = redisDumps('StatefulSet', 'redis-pv-sts', 'own')
    await expect(check.run({ ...contextOf(world), signal: stop.signal })).rejects.toThrow('Ctrl-C')
    expect(deleted).toEqual([`redis-pv-sts-0 ${MARK}`, `redis-pv-sts-1 ${MARK}`])
  })
})
