import { describe, expect, test } from 'vitest'
import { clusterMasterDeleted } from '../../../scripts/checks/disturbances/cluster-master-deleted.ts'
import { parseClusterNodes, redisClusterKeys, redisClusterServes } from '../../../scripts/checks/redis-cluster.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { redisPods } from '../../helpers/redis-pods.ts'

const PODS = ['c-0', 'c-1']
const OK = 'cluster_state:ok\r\ncluster_slots_ok:16384\r\ncluster_known_nodes:2\r\ncluster_size:1'
const NODES = [
  'aa 10.0.0.1:6379@16379,c-0.svc.ns.svc.cluster.local slave bb 0 0 3 connected',
  'bb 10.0.0.2:6379@16379,c-1.svc.ns.svc.cluster.local myself,master - 0 0 3 connected 0-16382 16383 [5->-bb]',
].join('\n')

function context(info: (pod: string) => string, nodes = NODES) {
  return checkContext({ kube: redisPods(PODS, (pod, _cluster, verb) => (verb === 'NODES' ? nodes : info(pod))) })
}

test('parseClusterNodes reads ids, hosts, masters, and counts slots without those under way', () => {
  expect(parseClusterNodes(NODES)).toEqual([
    { id: 'aa', host: 'c-0.svc.ns.svc.cluster.local', flags: ['slave'], master: 'bb', slots: 0 },
    { id: 'bb', host: 'c-1.svc.ns.svc.cluster.local', flags: ['myself', 'master'], master: '-', slots: 16_384 },
  ])
})

describe('redisClusterServes', () => {
  const check = redisClusterServes(PODS, { masters: 1 })

  test('is met when every node says so, and every master has a replica', async () => {
    const finding = await check.run(context(() => OK))
    expect(finding).toMatchObject({ met: true })
    expect(finding.evidence.at(-1)).toMatchObject({ observed: 'a replica for every master' })
  })

  test.each([
    [
      'one node that sees a failure',
      (pod: string) => (pod === 'c-1' ? OK.replace(':ok', ':fail') : OK),
      'c-1 cluster_state:fail',
    ],
    ['a slot that nobody serves', () => OK.replace('16384', '16383'), 'cluster_slots_ok:16383'],
    ['a stranger', () => OK.replace('nodes:2', 'nodes:3'), 'cluster_known_nodes:3'],
    ['Redis that are no cluster', () => 'ERR This instance has cluster support disabled', 'support disabled'],
  ])('is refused by %s', async (_what, info, message) => {
    expect(await check.run(context(info))).toMatchObject({ met: false, message: expect.stringContaining(message) })
  })

  test('is refused by a master whose replica has failed', async () => {
    expect(await check.run(context(() => OK, NODES.replace(' slave ', ' slave,fail ')))).toMatchObject({
      met: false,
      message: expect.stringContaining('none for c-1'),
    })
  })
})

describe('redisClusterKeys', () => {
  const check = redisClusterKeys(PODS, { tea: 'green' })

  test('is met when every node leads to the key', async () => {
    const finding = await check.run(context(() => 'green'))
    expect(finding).toMatchObject({ met: true })
    expect(finding.evidence[0]).toMatchObject({ command: 'kubectl -n lab-x exec c-0 -- redis-cli -c GET tea' })
  })

  test('is refused by one that does not', async () => {
    const finding = await check.run(context((pod) => (pod === 'c-1' ? 'CLUSTERDOWN The cluster is down' : 'green')))
    expect(finding).toMatchObject({ met: false, message: expect.stringContaining('c-1 tea = "CLUSTERDOWN') })
  })
})

describe('redisClusterKeys, of a node that points to where nobody answers', () => {
  const silent = (signal = new AbortController().signal) => {
    const { kube } = context(() => 'green')
    kube.exec = (_pod, _command, { signal: limit }) =>
      new Promise((_resolve, reject) => limit.addEventListener('abort', () => reject(limit.reason), { once: true }))
    return checkContext({ kube, signal })
  }

  test('says that there was no answer', async () => {
    const check = redisClusterKeys(PODS, { tea: 'green' }, { patienceMs: 20 })
    expect(await check.run(silent())).toMatchObject({ met: false, message: expect.stringContaining('no answer within 0.0s') })
  })

  test('is interrupted at once', async () => {
    const stop = new AbortController()
    const running = redisClusterKeys(PODS, { tea: 'green' }).run(silent(stop.signal))
    setTimeout(() => stop.abort(new Error('enough')), 5)
    await expect(running).rejects.toThrow('enough')
  })
})

describe('clusterMasterDeleted', () => {
  test('deletes the first Pod that is a master with slots, and waits for it under another IP', async () => {
    const kube = redisPods(PODS, (pod) =>
      pod === 'c-1' ? NODES : NODES.replace('myself,', '').replace(' slave', ' myself,slave'),
    )
    expect(await clusterMasterDeleted(PODS).run(checkContext({ kube }))).toMatchObject({ met: true })
    expect(kube.calls).toEqual(['delete Pod c-1'])
    expect(kube.watches).toBe(0)
  })

  test('deletes nothing where there is no such master', async () => {
    const kube = redisPods(PODS, () => NODES.replace(/connected .*/, 'connected'))
    expect(await clusterMasterDeleted(PODS).run(checkContext({ kube }))).toMatchObject({ met: false })
    expect(kube.calls).toEqual([])
  })
})
