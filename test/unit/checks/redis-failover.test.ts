import type { V1Pod } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { sentinelFailover } from '../../../scripts/checks/redis-failover.ts'
import { type SentinelGroup, sentinelsAgree } from '../../../scripts/checks/redis-sentinel.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { redisPods } from '../../helpers/redis-pods.ts'

const GROUP: SentinelGroup = { master: 'mymaster', sentinels: ['s-0', 's-1', 's-2'], redis: ['r-0', 'r-1'] }

interface Behaviour {
  /** What one sentinel says otherwise than it should. */
  readonly odd?: Readonly<Record<string, string>>
  /** The name that the sentinels give for a Pod. */
  readonly nameOf?: (pod: string) => string
  readonly electsNobody?: boolean
  /** How many of the last writes the new master lacks. */
  readonly loses?: number
  /** What `WAIT 1` says. */
  readonly replicas?: number
}

/** Two Redis and three sentinels that elect the other one when the master's Pod goes. */
function world({ odd = {}, nameOf = (pod) => `${pod}.svc`, electsNobody, loses = 0, replicas = 1 }: Behaviour = {}) {
  let master = 'r-0'
  let data: string[] = []
  const kube = redisPods([...GROUP.sentinels, ...GROUP.redis], (pod, verb, what) => {
    if (verb === 'SENTINEL' && what === 'MASTER') {
      const fields = {
        name: 'mymaster',
        ip: nameOf(master),
        flags: 'master',
        'num-slaves': '1',
        'num-other-sentinels': '2',
        quorum: '2',
      }
      return Object.entries({ ...fields, ...(pod === 's-1' && odd) })
        .flat()
        .join('\n')
    }
    if (verb === 'SENTINEL') return `${nameOf(master)}\n6379`
    if (verb === 'INFO')
      return pod === master ? 'role:master\nmaster_replid:a' : 'role:slave\nmaster_link_status:up\nmaster_replid:a'
    if (verb === 'ROLE') return pod === master ? 'master' : 'slave'
    if (verb === 'SMEMBERS') return data.join('\n')
    return 'OK'
  })
  const answer = kube.onExec
  kube.onExec = (pod, command) => {
    if (command[0] !== 'sh') return answer(pod, command)
    const [from = 0, to = 0] = command.slice(5).map(Number)
    const numbers = Array.from({ length: to - from }, (_, index) => String(from + index))
    data.push(...numbers)
    return { exitCode: 0, stdout: numbers.map((number) => `${number} 1 ${replicas} `).join('\n'), stderr: '' }
  }
  const onDelete = kube.onDelete
  kube.onDelete = (ref, grace) => {
    if (ref.name === master && !electsNobody) {
      master = 'r-1'
      data = data.slice(0, data.length - loses)
    }
    onDelete(ref, grace)
  }
  return { kube, context: checkContext({ kube }) }
}

describe('sentinelsAgree', () => {
  const check = sentinelsAgree(GROUP)

  test('is met when all know the same master by its name', async () => {
    expect(await check.run(world().context)).toMatchObject({ met: true })
  })

  test.each([
    ['another sentinel too few', { 'num-other-sentinels': '1' }, 's-1: num-other-sentinels:1'],
    ['a replica too few', { 'num-slaves': '0' }, 's-1: num-slaves:0'],
    ['a master that one misses', { flags: 'master,s_down' }, 's-1: flags:master,s_down'],
    ['a quorum of one', { quorum: '1' }, 's-1: quorum:1'],
    ['a quorum that there never is', { quorum: '4' }, 's-1: quorum:4'],
    ['two opinions', { ip: 'r-1.svc' }, 'r-0.svc, r-1.svc'],
  ])('is refused by %s', async (_what, odd, message) => {
    expect(await check.run(world({ odd }).context)).toMatchObject({ met: false, message: expect.stringContaining(message) })
  })

  test('is refused by an IP, and by a sentinel that knows no master', async () => {
    expect(await check.run(world({ nameOf: () => '10.244.0.4' }).context)).toMatchObject({
      met: false,
      message: expect.stringContaining('saw 10.244.0.4'),
    })
    const { kube, context } = world()
    kube.onExec = () => ({ exitCode: 0, stdout: 'ERR No such master with that name\n', stderr: '' })
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('No such master') })
  })
})

describe('sentinelFailover', () => {
  const check = sentinelFailover(GROUP)

  test('is met when another master is elected and every confirmed write is there, and counts them', async () => {
    const { kube, context } = world()
    const before = kube.peek<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace: 'lab-x', name: 'r-0' })?.metadata?.uid
    const finding = await check.run(context)
    expect(finding).toMatchObject({
      met: true,
      message: expect.stringMatching(
        /master r-1, \d+ writes acknowledged afterwards.*0 of \d\d writes lost that a replica had confirmed/,
      ),
    })
    expect(finding.evidence.map(({ expected }) => expected)).toContain(`UID other than ${before}`)
    expect(kube.calls).toEqual(['delete Pod r-0'])
    expect(kube.watches).toBe(0)
  })

  test('is refused when a write is lost that a replica had confirmed', async () => {
    expect(await check.run(world({ loses: 3 }).context)).toMatchObject({
      met: false,
      message: expect.stringMatching(/saw 3 of \d\d writes lost that a replica had confirmed/),
    })
  })

  test('is refused when no write was ever confirmed by a replica: then nothing was shown', async () => {
    expect(await check.run(world({ replicas: 0 }).context)).toMatchObject({
      met: false,
      message: expect.stringContaining('0 of 0 writes lost that a replica had confirmed'),
    })
  })

  test('is refused when nobody is elected', async () => {
    expect(await check.run(world({ electsNobody: true }).context)).toMatchObject({
      met: false,
      message: expect.stringContaining('expected another master than r-0, saw master r-0'),
    })
  })

  test('disturbs nothing while the sentinels do not agree', async () => {
    const { kube, context } = world({ odd: { quorum: '1' } })
    expect(await check.run(context)).toMatchObject({ met: false })
    expect(kube.calls).toEqual([])
  })
})
