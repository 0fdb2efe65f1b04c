import type { V1Pod } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { redisCrash } from '../../../scripts/checks/redis-crash.ts'
import { redisAppendOnly } from '../../../scripts/checks/redis-persistence.ts'
import { redisKey } from '../../../scripts/checks/redis.ts'
import type { ExportEntry } from '../../../scripts/nfs/export-view.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeNodes } from '../../helpers/fake-nodes.ts'
import { redisPods } from '../../helpers/redis-pods.ts'

const POD = 'r-0'
const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'lab-x', uid: 'c' } }
const VOLUME = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pv' },
  spec: { claimRef: { name: 'data', namespace: 'lab-x', uid: 'c' }, nfs: { server: '10.0.0.1', path: '/export/data-pv' } },
}

interface Behaviour {
  /** Whether the running Redis appends, and the one after it. */
  readonly appends?: boolean
  readonly appendsNext?: boolean
  /** It was asked to end, and saved: no crash. */
  readonly asked?: boolean
}

/** One Redis on a claim, and a node that kills it. */
function world({ appends = false, appendsNext = appends, asked = false }: Behaviour = {}) {
  let data = new Map([['message', 'hello']])
  let dump = { content: new Map<string, string>(), at: 1_000_000 }
  let appending = appends
  let changes = 1
  const save = (): string => {
    dump = { content: new Map(data), at: dump.at + 1_000 }
    changes = 0
    return 'OK'
  }
  const kube = redisPods([POD], (_pod, verb, key = '', value = '') => {
    if (verb === 'SAVE') return save()
    if (verb === 'SET') {
      data.set(key, value)
      changes++
      return 'OK'
    }
    if (verb === 'DEL') return data.delete(key) ? '1' : '0'
    if (verb === 'GET') return data.get(key) ?? ''
    if (verb === 'PING') return 'PONG'
    if (verb === 'ROLE') return 'master'
    if (verb === 'CONFIG') return `${value}\n${{ dir: '/data', dbfilename: 'dump.rdb', appenddirname: 'log' }[value] ?? ''}`
    return [
      `aof_enabled:${appending ? 1 : 0}`,
      'aof_last_write_status:ok',
      'aof_rewrite_in_progress:0',
      `rdb_changes_since_last_save:${changes}`,
      'rdb_bgsave_in_progress:0',
    ].join('\r\n')
  })
  kube.put({ ...CLAIM, spec: { volumeName: 'pv' }, status: { phase: 'Bound' } } as never)
  kube.put(VOLUME as never)
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'lab-x', name: POD }
  const pod = (): V1Pod => kube.peek<V1Pod>(ref) as V1Pod
  const spec = {
    nodeName: 'worker',
    containers: [{ name: 'redis', volumeMounts: [{ name: 'd', mountPath: '/data' }] }],
    volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }],
  }
  kube.put({ ...pod(), spec })

  const nodes = new FakeNodes()
  nodes.onRun = () => {
    if (asked) save()
    if (!appending || !appendsNext) data = new Map(dump.content)
    appending = appendsNext
    const before = pod()
    const [container] = before.status?.containerStatuses ?? []
    const lastState = { terminated: { exitCode: asked ? 0 : 137 } }
    const containerStatuses = [{ ...container, restartCount: (container?.restartCount ?? 0) + 1, lastState }]
    kube.put({ ...before, status: { ...before.status, containerStatuses } } as never)
    return { exitCode: 0, stdout: '', stderr: '' }
  }
  const entry = (name: string, at: number): ExportEntry => ({
    name,
    kind: 'file',
    mode: 0o644,
    sizeBytes: 1,
    modifiedAt: new Date(at),
  })
  const exported = {
    list: async (directory: string) =>
      directory.endsWith('/log') ? (appending ? [entry('a.aof.1.incr.aof', 0)] : undefined) : [entry('dump.rdb', dump.at)],
    read: async () => undefined,
    command: (path: string) => `ls /export/${path}`,
  }
  return { kube, nodes, has: (key: string) => data.get(key), context: checkContext({ kube, nodes, export: exported }) }
}

const keeps = redisKey(POD, 'message', 'hello')

describe('redisCrash, the last write lost', () => {
  const check = redisCrash(POD, { lastWrite: 'lost', keeps })

  test('is met by a Redis with snapshots: what came before is there, the write is not', async () => {
    const { context, has, nodes } = world()
    const finding = await check.run(context)
    expect(finding).toMatchObject({ met: true, message: expect.stringContaining('exit code 137') })
    expect(finding.evidence.map(({ observed }) => observed)).toContain('rdb_changes_since_last_save:1')
    expect(has('message')).toBe('hello')
    expect(nodes.calls).toHaveLength(1)
  })

  test('is refused by a Redis that appends', async () => {
    const { context, has } = world({ appends: true })
    expect(await check.run(context)).toMatchObject({
      met: false,
      message: expect.stringContaining('expected no statelab-last-write'),
    })
    expect(has('statelab-last-write')).toBeUndefined()
  })

  test('is refused when Redis had a chance to save', async () => {
    const { context } = world({ asked: true })
    expect(await check.run(context)).toMatchObject({
      met: false,
      message: expect.stringMatching(/expected exit code 137, saw exit code 0; expected dump.rdb of .*, saw dump.rdb of /),
    })
  })
})

describe('redisCrash, the last write kept', () => {
  const check = redisCrash(POD, { lastWrite: 'kept', keeps })

  test('is met by a Redis that appends, and removes the write afterwards', async () => {
    const { context, has } = world({ appends: true })
    expect(await check.run(context)).toMatchObject({ met: true })
    expect(has('statelab-last-write')).toBeUndefined()
  })

  test('kills none that has snapshots only', async () => {
    const { context, nodes } = world()
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining('aof_enabled:0') })
    expect(nodes.calls).toEqual([])
  })

  test('is refused by one that does not append any more after its start', async () => {
    const { context } = world({ appends: true, appendsNext: false })
    expect(await check.run(context)).toMatchObject({ met: false })
  })

  test('kills none that lacks what must be kept', async () => {
    const { context, nodes } = world({ appends: true })
    const other = redisCrash(POD, { lastWrite: 'kept', keeps: redisKey(POD, 'other', 'x') })
    expect(await other.run(context)).toMatchObject({ met: false })
    expect(nodes.calls).toEqual([])
  })
})

test('redisAppendOnly is met by a log on the server, and refused without', async () => {
  expect(await redisAppendOnly(POD).run(world({ appends: true }).context)).toMatchObject({
    met: true,
    message: expect.stringContaining('data-pv/log/a.aof.1.incr.aof'),
  })
  expect(await redisAppendOnly(POD).run(world().context)).toMatchObject({
    met: false,
    message: expect.stringMatching(/aof_enabled:0.*an append-only file on the server, saw none/),
  })
  expect(await redisAppendOnly('r-9').run(world().context)).toMatchObject({ met: false })
})
