import { beforeEach, describe, expect, test } from 'vitest'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { redisKey, redisRefusesWrites, redisReplica } from '../../../scripts/checks/redis.ts'
import { parseInfo } from '../../../scripts/checks/redis-cli.ts'
import { KubernetesError } from '../../../scripts/kube/kubernetes-error.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { RedisWorld } from '../../helpers/redis-world.ts'

let world: RedisWorld
let context: CheckContext

beforeEach(() => {
  world = new RedisWorld()
  context = checkContext({ kube: world.kube, export: world, namespace: 'lab-redis' })
})

test('parseInfo reads the fields of INFO, whatever its line ends', () => {
  expect([...parseInfo('# Replication\r\nrole:slave\r\nslave0:ip=10.0.0.1,state=online\r\n\r\nmaster_link_status:up')]).toEqual([
    ['role', 'slave'],
    ['slave0', 'ip=10.0.0.1,state=online'],
    ['master_link_status', 'up'],
  ])
})

describe('redisKey', () => {
  const check = redisKey('redis-pv-sts-0', 'message', 'hello world')

  test('is met by exactly this string', async () => {
    world.cli('redis-pv-sts-0', 'SET', 'message', 'hello world')
    expect(await check.run(context)).toMatchObject({ met: true, message: 'Redis in redis-pv-sts-0: message = "hello world"' })
  })

  test.each([
    ['another string', 'hello', /saw message = "hello"$/],
    ['no string', undefined, /saw no message$/],
  ])('is refused by %s', async (_what, value, message) => {
    if (value !== undefined) world.cli('redis-pv-sts-0', 'SET', 'message', value)
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })

  test('a Pod that is missing, or has no redis-cli, is a result and no failure', async () => {
    expect(await redisKey('redis-0', 'a', 'b').run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('there is no Pod redis-0'),
    })
    world.kube.onExec = () => ({ exitCode: 127, stdout: '', stderr: 'redis-cli: not found' })
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('redis-cli: not found') })
    world.kube.onExec = () => Promise.reject(new KubernetesError('container not running', { status: 500 }))
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('container not running') })
  })

  test('an API that does not answer is a failure: nothing was looked at', async () => {
    world.kube.onExec = () => Promise.reject(new KubernetesError('the API server does not answer'))
    await expect(check.run(context)).rejects.toThrow('the API server does not answer')
  })
})

describe('redisReplica', () => {
  const check = redisReplica('redis-pv-sts-1', { of: 'redis-pv-sts-0' })

  test('is met once the link is up on both sides', async () => {
    expect(await check.run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('expected role:slave, saw role:master'),
    })
    world.cli('redis-pv-sts-1', 'REPLICAOF', 'redis-pv-sts-0.redis-svc', '6379')
    const finding = await check.run(context)
    expect(finding).toMatchObject({
      met: true,
      message: expect.stringMatching(/master_link_status:up.*connected_slaves:1 slave0:.*state=online/),
    })
    expect(finding.evidence.map(({ command }) => command)).toContain(
      'kubectl -n lab-redis exec redis-pv-sts-1 -- redis-cli INFO replication',
    )
  })

  test('is refused by two masters that were given the same key, and by the wrong direction', async () => {
    world.cli('redis-pv-sts-0', 'SET', 'abc', '1')
    world.cli('redis-pv-sts-1', 'SET', 'abc', '1')
    expect(await check.run(context)).toMatchObject({ met: false })
    world.cli('redis-pv-sts-0', 'REPLICAOF', 'redis-pv-sts-1.redis-svc', '6379')
    expect(await check.run(context)).toMatchObject({ met: false })
  })

  test('is refused by a replica of somebody else', async () => {
    const original = world.kube.onExec
    world.cli('redis-pv-sts-1', 'REPLICAOF', 'redis-pv-sts-0.redis-svc', '6379')
    world.kube.onExec = async (pod, command) => {
      const result = await original(pod, command)
      return pod === 'redis-pv-sts-1'
        ? { ...result, stdout: result.stdout.replace(/master_replid:.*/, 'master_replid:f00') }
        : result
    }
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('the data of another master') })
  })
})

describe('redisRefusesWrites', () => {
  const check = redisRefusesWrites('redis-pv-sts-1')

  test('is met by a replica and refused by a master, in which it changes nothing', async () => {
    world.cli('redis-pv-sts-1', 'SET', 'abc', '1')
    expect(await check.run(context)).toMatchObject({ met: false, message: 'Redis in redis-pv-sts-1: expected READONLY, saw "0"' })
    expect(world.cli('redis-pv-sts-1', 'GET', 'abc')).toBe('1')
    world.cli('redis-pv-sts-1', 'REPLICAOF', 'redis-pv-sts-0.redis-svc', '6379')
    expect(await check.run(context)).toMatchObject({ met: true })
  })
})
