import type { V1Job, V1StatefulSet } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { redisRestores } from '../../../scripts/checks/redis-backup.ts'
import { redisKey } from '../../../scripts/checks/redis.ts'
import { checkContext } from '../../helpers/check-context.ts'
import type { FakeKube } from '../../helpers/fake-kube.ts'
import { redisPod, redisPods } from '../../helpers/redis-pods.ts'

const POD = 'set-0'
const SET = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'lab-x', name: 'set' }

interface Behaviour {
  /** What the backup Job takes: the data, the last dump, or it fails. */
  readonly takes?: 'data' | 'dump' | 'nothing'
  readonly restores?: boolean
}

/** A Redis that loads its dump when it starts, a backup, and Jobs that work at once. */
function world({ takes = 'data', restores = true }: Behaviour = {}): { kube: FakeKube; data: () => Map<string, string> } {
  let data = new Map([['message', 'hello']])
  let dump = new Map(data)
  let backup = new Map<string, string>()
  const kube = redisPods([POD], (_pod, verb = '', key = '', value = '') => {
    if (verb === '--scan') return [...data.keys()].join('\n')
    if (verb === 'GET') return data.get(key) ?? ''
    if (verb === 'ROLE') return 'master'
    if (verb === 'DBSIZE') return String(data.size)
    if (verb === 'FLUSHALL') data.clear()
    if (verb === 'SAVE') dump = new Map(data)
    if (verb === 'DEL') data.delete(key)
    if (verb === 'SET' && !data.has(key)) data.set(key, value)
    return 'OK'
  })
  const put = kube.put.bind(kube)
  kube.put = (object) => {
    const stored = put(object)
    const name = stored.metadata?.name ?? ''
    const { status } = object as V1Job
    if (object.kind === 'Job' && name.startsWith('statelab-') && !status) {
      const isBackup = name.startsWith('statelab-backup')
      if (isBackup && takes !== 'nothing') backup = new Map(takes === 'data' ? data : dump)
      if (!isBackup && restores) dump = new Map(backup)
      const type = isBackup && takes === 'nothing' ? 'Failed' : 'Complete'
      put({ ...stored, status: { conditions: [{ type, status: 'True' }] } } as never)
    }
    if (object.kind === 'StatefulSet') scaled((object as V1StatefulSet).spec?.replicas ?? 1)
    return stored
  }
  const scaled = (replicas: number): void => {
    const pod = { apiVersion: 'v1', kind: 'Pod', namespace: 'lab-x', name: POD }
    if (replicas === 0) {
      dump = new Map(data)
      kube.remove(pod)
    } else if (!kube.peek(pod)) {
      data = new Map(dump)
      put(redisPod(POD, '10.0.0.9'))
    }
  }
  for (const [kind, name] of [
    ['CronJob', 'backup'],
    ['Job', 'restore'],
  ]) {
    const jobTemplate = { spec: { template: {} } }
    put({ apiVersion: 'batch/v1', kind, metadata: { name, namespace: 'lab-x' }, spec: { jobTemplate, template: {} } } as never)
  }
  return { kube, data: () => data }
}

describe('redisRestores', () => {
  const check = redisRestores({
    statefulSet: 'set',
    cronJob: 'backup',
    restoreJob: 'restore',
    keeps: redisKey(POD, 'message', 'hello'),
  })

  test('is met by a backup that has the newest write and a restore that brings it back, and tidies up', async () => {
    const { kube, data } = world()
    const finding = await check.run(checkContext({ kube }))
    expect(finding).toMatchObject({
      met: true,
      message: expect.stringMatching(/DBSIZE 0.*Job restore: Complete.*statelab-backup = "/),
    })
    expect(finding.evidence.map(({ command }) => command)).toContainEqual(
      expect.stringMatching(/create job statelab-backup-\w+ --from=cronjob\/backup$/),
    )
    expect([...data()]).toEqual([['message', 'hello']])
    expect(await kube.list({ apiVersion: 'batch/v1', kind: 'Job' }, new AbortController().signal)).toHaveLength(1)
    expect(kube.peek<V1StatefulSet>(SET)?.spec?.replicas).toBe(1)
    expect(kube.watches).toBe(0)
  })

  test.each([
    ['a backup of an old dump', { takes: 'dump' }, 'saw no statelab-backup'],
    ['a restore that changes nothing', { restores: false }, 'saw no statelab-backup'],
    [
      'a backup that fails: then nothing is wiped',
      { takes: 'nothing' },
      'expected CronJob backup: Complete, saw CronJob backup: Failed',
    ],
  ] as const)("is refused by %s, and gives the learner's keys back", async (_what, behaviour, message) => {
    const { kube, data } = world(behaviour)
    expect(await check.run(checkContext({ kube }))).toMatchObject({ met: false, message: expect.stringContaining(message) })
    expect([...data()]).toEqual([['message', 'hello']])
  })

  test('touches nothing without a CronJob or a restore Job', async () => {
    const { kube } = world()
    kube.remove({ apiVersion: 'batch/v1', kind: 'Job', namespace: 'lab-x', name: 'restore' })
    expect(await check.run(checkContext({ kube }))).toMatchObject({ met: false, message: 'there is no Job restore' })
    expect(kube.calls).toEqual([])
  })

  test('an interruption scales back and gives the keys back', async () => {
    const { kube, data } = world()
    const stop = new AbortController()
    const answer = kube.onExec
    kube.onExec = (pod, command) => {
      if (command.includes('DBSIZE')) stop.abort(new Error('enough'))
      return answer(pod, command)
    }
    await expect(check.run(checkContext({ kube, signal: stop.signal }))).rejects.toThrow('enough')
    expect([...data()]).toEqual([['message', 'hello']])
    expect(kube.peek<V1StatefulSet>(SET)?.spec?.replicas).toBe(1)
  })
})
