import type { V1CronJob, V1Job, V1Pod } from '@kubernetes/client-node'
import { beforeEach, describe, expect, it } from 'vitest'
import { cronJobKeeps } from '../../../scripts/checks/cron-history.ts'
import { jobCompleted, jobFailed, jobRetried } from '../../../scripts/checks/jobs.ts'
import type { ObjectRef } from '../../../scripts/kube/kube.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds))

let kube: FakeKube
beforeEach(() => {
  kube = new FakeKube()
})
const context = () => checkContext({ kube })

function job(name: string, status: V1Job['status'], spec: object = {}): void {
  kube.put({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'lab-x', uid: name },
    spec: { template: {}, ...spec },
    ...(status && { status }),
  } as V1Job)
}

function pod(of: string, name: string, made: number, ran: readonly [number, number]): void {
  const terminated = { exitCode: 0, startedAt: at(ran[0]), finishedAt: at(ran[1]) }
  kube.put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'lab-x',
      creationTimestamp: at(made),
      labels: { 'batch.kubernetes.io/job-name': of },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: of, uid: of }],
    },
    status: {
      containerStatuses: [{ name: 'x', image: 'i', imageID: 'i', ready: false, restartCount: 0, state: { terminated } }],
    },
  } as V1Pod)
}

const COMPLETE = [{ type: 'Complete', status: 'True' }]

describe('jobCompleted', () => {
  const check = jobCompleted('squares', { completions: 3, parallelism: 2 })
  const spec = { completions: 3, parallelism: 2 }

  it('is met by as many successes, never more Pods at once than allowed', async () => {
    job('squares', { succeeded: 3, conditions: COMPLETE }, spec)
    pod('squares', 'a', 0, [1, 3])
    pod('squares', 'b', 0, [1, 4])
    pod('squares', 'c', 3, [3, 5])
    expect(await check.run(context())).toMatchObject({ met: true, message: expect.stringContaining('2 Pods at the same time') })
  })

  it.each<readonly [string, () => void, RegExp]>([
    ['no Job', () => {}, /saw none/],
    ['one that still runs', () => job('squares', { active: 1, succeeded: 2 }, spec), /saw 1 active, 2 succeeded, 0 failed/],
    [
      'another parallelism',
      () => job('squares', { succeeded: 3, conditions: COMPLETE }, { ...spec, parallelism: 3 }),
      /saw 3 completions, 3 at once/,
    ],
    [
      'three Pods at the same time, whatever the Job says now',
      () => {
        job('squares', { succeeded: 3, conditions: COMPLETE }, spec)
        for (const name of ['a', 'b', 'c']) pod('squares', name, 0, [1, 3])
      },
      /saw 3 Pods at the same time/,
    ],
  ])('is refused by %s', async (_, world, message) => {
    world()
    expect(await check.run(context())).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })
})

describe('jobRetried', () => {
  const check = jobRetried('flaky', { failures: 2 })

  it('is met by failures with waits that double', async () => {
    job('flaky', { failed: 2, succeeded: 1, conditions: COMPLETE })
    pod('flaky', 'a', 0, [1, 2])
    pod('flaky', 'b', 12, [13, 14])
    pod('flaky', 'c', 33, [34, 35])
    expect(await check.run(context())).toMatchObject({ met: true, message: expect.stringContaining('waits of 10 s, 19 s') })
  })

  it.each<readonly [string, V1Job['status'], RegExp]>([
    ['a Job that never failed', { succeeded: 1, conditions: COMPLETE }, /expected 2 failed Pods, saw 0 failed Pods/],
    ['a Job that gave up', { failed: 2, conditions: [{ type: 'Failed', status: 'True' }] }, /expected Complete, saw Failed/],
  ])('is refused by %s', async (_, status, message) => {
    job('flaky', status)
    expect(await check.run(context())).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })

  it('is refused by Pods that somebody made at once', async () => {
    job('flaky', { failed: 2, succeeded: 1, conditions: COMPLETE })
    pod('flaky', 'a', 0, [1, 2])
    pod('flaky', 'b', 3, [4, 5])
    pod('flaky', 'c', 6, [7, 8])
    expect(await check.run(context())).toMatchObject({ met: false, message: expect.stringContaining('saw waits of 1 s, 1 s') })
  })
})

describe('jobFailed', () => {
  const check = jobFailed('hopeless', { reason: 'BackoffLimitExceeded', failures: 2 })

  it.each([
    ['BackoffLimitExceeded', 2, true],
    ['DeadlineExceeded', 2, false],
    ['BackoffLimitExceeded', 7, false],
  ])('for %s after %i Pods is %s', async (reason, failed, met) => {
    job('hopeless', { failed, conditions: [{ type: 'Failed', status: 'True', reason }] })
    expect(await check.run(context())).toMatchObject({ met })
  })
})

describe('cronJobKeeps', () => {
  const check = cronJobKeeps('tick', { successful: 2, failed: 1 })
  const cron = (spec: object = { successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 1 }): V1CronJob => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'lab-x', uid: 'tick' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: { containers: [{ name: 'tick' }] } } } }, ...spec },
  })
  const jobs = () => kube.list<V1Job>({ apiVersion: 'batch/v1', kind: 'Job' }, new AbortController().signal)

  /** The controllers: Jobs end, and the CronJob's history is kept to its limits. */
  function controllers({ trims = true } = {}): void {
    const apply = kube.apply.bind(kube)
    kube.apply = async (objects, options) => {
      await apply(objects, options)
      for (const object of objects as V1Job[]) {
        const fails = object.spec?.template.spec?.containers[0]?.command?.[0] === 'false'
        setTimeout(() => {
          kube.put({ ...object, status: { conditions: [{ type: fails ? 'Failed' : 'Complete', status: 'True' }] } } as V1Job)
          const first = `tick-${fails ? 'fail' : 'ok'}-`
          if (trims && object.metadata?.name?.endsWith('-0')) kube.remove(refOf(object.metadata.name ?? first))
        }, 5)
      }
    }
  }
  const refOf = (name: string): ObjectRef => ({ apiVersion: 'batch/v1', kind: 'Job', name, namespace: 'lab-x' })

  it('is met by a history of that length, and removes the Jobs it made', async () => {
    kube.put(cron())
    controllers()
    expect(await check.run(context())).toMatchObject({
      met: true,
      message: expect.stringContaining('of 5 more Jobs, kept 2 successful, 1 failed'),
    })
    expect(await jobs()).toEqual([])
  })

  it('makes Jobs that the CronJob owns, three that work and two that fail', async () => {
    kube.put(cron())
    const made: V1Job[] = []
    const apply = kube.apply.bind(kube)
    kube.apply = async (objects, options) => {
      made.push(...(objects as V1Job[]))
      await apply(objects, options)
      throw new Error('far enough')
    }
    await expect(check.run(context())).rejects.toThrow('far enough')
    expect(made.map(({ metadata }) => metadata?.ownerReferences?.[0]?.uid)).toEqual(Array(5).fill('tick'))
    expect(made.filter(({ spec }) => spec?.template.spec?.containers[0]?.command)).toHaveLength(2)
    expect(await jobs()).toEqual([])
  })

  it('is refused, and makes nothing, where other limits are set or there is no CronJob', async () => {
    expect(await check.run(context())).toMatchObject({ met: false })
    kube.put(cron({}))
    expect(await check.run(context())).toMatchObject({
      met: false,
      message: expect.stringContaining('saw successfulJobsHistoryLimit 3, failedJobsHistoryLimit 1'),
    })
    expect(kube.calls).toEqual([])
  })

  it('removes its Jobs when it is interrupted', async () => {
    kube.put(cron())
    controllers({ trims: false })
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 30)
    await expect(check.run({ ...context(), signal: controller.signal })).rejects.toThrow('enough')
    expect(await jobs()).toEqual([])
    expect(kube.watches).toBe(0)
  })
})
