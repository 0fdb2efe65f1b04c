import type { CoreV1Event, V1StatefulSet, V2HorizontalPodAutoscaler } from '@kubernetes/client-node'
import { beforeEach, describe, expect, it } from 'vitest'
import { autoscalerWorks } from '../../../scripts/checks/autoscale.ts'
import { scalesWithLoad } from '../../../scripts/checks/autoscaling.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const SET = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'busy', namespace: 'lab-x' }
const LOAD = { pod: 'busy-0', begin: ['touch', '/data/load'], end: ['rm', '/data/load'] }
const check = scalesWithLoad('hpa', { target: 'busy', template: 'data', load: LOAD })

let kube: FakeKube
let loads: string[]
const context = (signal = new AbortController().signal) => checkContext({ kube, signal })

function autoscaler({ kind = 'StatefulSet', max = 3, known = true } = {}): void {
  const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }
  const active = known
    ? { type: 'ScalingActive', status: 'True' }
    : { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: 'missing request for cpu' }
  const current = { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 4 } } }
  kube.put({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'hpa', namespace: 'lab-x', uid: 'hpa' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind, name: 'busy' }, minReplicas: 1, maxReplicas: max, metrics: [cpu] },
    status: { desiredReplicas: 1, conditions: [active], currentMetrics: known ? [current] : [] },
  } as V2HorizontalPodAutoscaler)
}

function scale(replicas: number): void {
  kube.put({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'busy', namespace: 'lab-x', uid: 'busy' },
    spec: { replicas, serviceName: 'busy', selector: {}, template: {} },
    status: { replicas },
  } as V1StatefulSet)
}

function claim(ordinal: number, metadata: object = {}): void {
  const name = `data-busy-${ordinal}`
  kube.put({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'lab-x', ...metadata },
    status: { phase: 'Bound' },
  } as never)
}

/** The autoscaler: three Pods under load, one without. */
function scalesItself({ up = 3, down = 1, keepsClaims = true } = {}): void {
  kube.onExec = (_pod, [program = '']) => {
    loads.push(program)
    setTimeout(() => {
      if (program === 'touch') {
        for (let ordinal = 1; ordinal < up; ordinal++) claim(ordinal, keepsClaims ? {} : { ownerReferences: [{ kind: 'Pod' }] })
        scale(up)
      } else scale(down)
    }, 5)
    return { exitCode: 0, stdout: '', stderr: '' }
  }
}

beforeEach(() => {
  kube = new FakeKube()
  loads = []
  autoscaler()
  scale(1)
  claim(0)
  kube.put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'busy-0', namespace: 'lab-x' },
    status: { phase: 'Running' },
  } as never)
})

describe('autoscalerWorks', () => {
  const works = autoscalerWorks('hpa', { kind: 'StatefulSet', target: 'busy', min: 1, max: 3 })

  it('is met by one that knows the utilization', async () => {
    expect(await works.run(context())).toMatchObject({ met: true, message: expect.stringContaining('CPU 4% / 50%') })
  })

  it.each<readonly [string, Parameters<typeof autoscaler>[0], RegExp]>([
    ['another kind', { kind: 'Deployment' }, /saw Deployment busy/],
    ['another maximum', { max: 1 }, /expected from 1 to 3, saw from 1 to 1/],
    ['one that knows nothing, with its reason', { known: false }, /<unknown>% \/ 50% \(FailedGetResourceMetric: missing request/],
  ])('is refused by %s', async (_, changes, message) => {
    autoscaler(changes)
    expect(await works.run(context())).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })
})

describe('scalesWithLoad', () => {
  it('is met by growth, shrinking, and claims that stay; the load is ended', async () => {
    scalesItself()
    expect(await check.run(context())).toMatchObject({
      met: true,
      message: expect.stringMatching(/1 → 3 after .*3 → 1 after .*PVC data-busy-2 Bound/),
    })
    expect(loads[0]).toBe('touch')
    expect(loads.at(-1)).toBe('rm')
    expect(kube.watches).toBe(0)
  })

  it('is refused by claims that go with their Pods', async () => {
    scalesItself({ keepsClaims: false })
    expect(await check.run(context())).toMatchObject({
      met: false,
      message: expect.stringContaining('saw PVC data-busy-1 goes with its Pod'),
    })
  })

  it('ends the load when it is interrupted', async () => {
    scalesItself({ up: 1 })
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('enough')), 30)
    await expect(check.run(context(controller.signal))).rejects.toThrow('enough')
    expect(loads).toEqual(['touch', 'rm'])
    expect(kube.watches).toBe(0)
  })

  it('is refused where no load can be made', async () => {
    kube.onExec = () => ({ exitCode: 1, stdout: '', stderr: 'Read-only file system' })
    expect(await check.run(context())).toMatchObject({ met: false, message: expect.stringContaining('Read-only file system') })
  })

  it('believes the events of a learner’s own load, in that order only', async () => {
    const event = (name: string, message: string, second: number): CoreV1Event => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: 'lab-x' },
      involvedObject: { kind: 'HorizontalPodAutoscaler', name: 'hpa', uid: 'hpa' },
      reason: 'SuccessfulRescale',
      message,
      lastTimestamp: new Date(second * 1_000),
    })
    const up = 'New size: 2; reason: cpu resource utilization (percentage of request) above target'
    const down = 'New size: 1; reason: All metrics below target'
    expect(await check.proven?.(context())).toBeUndefined()
    kube.put(event('up', up, 20))
    kube.put(event('down', down, 10))
    claim(1)
    expect(await check.proven?.(context())).toBeUndefined()
    kube.put(event('down', down, 30))
    expect(await check.proven?.(context())).toMatchObject({ met: true })
    kube.remove({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'data-busy-1', namespace: 'lab-x' })
    expect(await check.proven?.(context())).toMatchObject({ met: false })
    scale(2)
    expect(await check.proven?.(context())).toBeUndefined()
    expect(kube.peek<V1StatefulSet>(SET)?.spec?.replicas).toBe(2)
  })
})
