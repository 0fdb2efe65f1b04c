import type { KubernetesObject } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { eventSays, podPending } from '../../../scripts/checks/events.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

function event(second: number, message: string, of: object = { kind: 'Pod', name: 'web' }): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `e${second}`, namespace: 'lab-x' },
    involvedObject: of,
    reason: 'FailedMount',
    message,
    lastTimestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, second)),
  } as KubernetesObject
}

describe('eventSays', () => {
  const check = eventSays('Pod', 'web', /access denied/)

  test('is met by the newest event about the object that says so, by its reason too', async () => {
    const kube = new FakeKube(event(1, 'access denied by 1'), event(3, 'something else'), event(2, 'access denied by 2'))
    expect(await check.run(checkContext({ kube }))).toEqual({
      met: true,
      message: 'Pod web: FailedMount: access denied by 2',
      evidence: [
        {
          expected: '/access denied/',
          observed: 'FailedMount: access denied by 2',
          command: 'kubectl -n lab-x get events --field-selector involvedObject.kind=Pod,involvedObject.name=web',
        },
      ],
    })
    expect(await eventSays('Pod', 'web', /^FailedMount/).run(checkContext({ kube }))).toMatchObject({ met: true })
  })

  test('is not met by other events, or those about others, and shows the last one', async () => {
    const kube = new FakeKube(event(1, 'first'), event(2, 'last'), event(3, 'access denied', { kind: 'Pod', name: 'other' }))
    expect(await check.run(checkContext({ kube }))).toMatchObject({
      met: false,
      message: 'Pod web: expected /access denied/, saw FailedMount: last',
    })
    expect(await check.run(checkContext())).toMatchObject({ met: false, message: expect.stringContaining('saw no event') })
  })
})

describe('podPending', () => {
  const check = podPending('web', { because: /ReadWriteOncePod/ })
  const pod = (message: string | undefined, more: { spec?: object; phase?: string } = {}): KubernetesObject =>
    ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'lab-x' },
      spec: { containers: [], ...more.spec },
      status: {
        phase: more.phase ?? 'Pending',
        ...(message !== undefined && {
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
        }),
      },
    }) as KubernetesObject

  test("is met by the scheduler's reason", async () => {
    const reason = '2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use'
    const context = checkContext({ kube: new FakeKube(pod(reason)) })
    expect(await check.run(context)).toMatchObject({ met: true, message: `Pod web: Pending, ${reason}` })
    expect(await podPending('web').run(context)).toMatchObject({ met: true })
  })

  test.each([
    ['another reason', pod('Insufficient cpu'), 'saw Insufficient cpu'],
    ['no reason yet', pod(undefined), 'saw no reason'],
    ['a Pod that has a node', pod(undefined, { spec: { nodeName: 'worker' } }), 'saw Pending, worker'],
    ['a Pod that runs', pod(undefined, { phase: 'Running', spec: { nodeName: 'worker' } }), 'saw Running but not ready'],
  ])('is not met by %s', async (_what, object, saw) => {
    const context = checkContext({ kube: new FakeKube(object) })
    expect(await check.run(context)).toMatchObject({ met: false, message: expect.stringContaining(saw) })
  })

  test('is not met when there is no Pod', async () => {
    expect(await podPending('web').run(checkContext())).toMatchObject({ met: false })
  })
})
