import type { V1Pod, V1StatefulSet } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { brokenRollout } from '../../../../scripts/checks/disturbances/broken-rollout.ts'
import { checkContext } from '../../../helpers/check-context.ts'
import { FakeKube } from '../../../helpers/fake-kube.ts'

const namespace = 'lab-x'
const PACE_MS = 2
const SET = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace, name: 'web' }
const POD = { apiVersion: 'v1', kind: 'Pod', namespace, name: 'web-1' }
const GOOD = 'redis:7.0'
const BAD = 'redis:7.0-typo'

/** A StatefulSet whose highest Pod is replaced at each change of the template: stuck as the real one, or freed by the rollback. */
function world(options: { frees?: boolean; policy?: 'Parallel'; partition?: number } = {}): FakeKube {
  const kube = new FakeKube()
  const pod = (image: string): V1Pod => {
    const ready = image === GOOD
    const state = { waiting: { reason: 'ErrImagePull', message: 'no such image' } }
    const containerStatuses = [{ name: 'redis', image, imageID: '', ready, restartCount: 0, ...(ready ? {} : { state }) }]
    return {
      ...{ apiVersion: POD.apiVersion, kind: POD.kind, metadata: { name: POD.name, namespace } },
      spec: { containers: [{ name: 'redis', image }] },
      status: {
        phase: ready ? 'Running' : 'Pending',
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
        containerStatuses,
      },
    }
  }
  const set = (image: string, generation: number): V1StatefulSet => ({
    apiVersion: SET.apiVersion,
    kind: SET.kind,
    metadata: { name: 'web', namespace, uid: 'set', generation },
    spec: {
      replicas: 2,
      serviceName: 'web',
      selector: {},
      podManagementPolicy: options.policy ?? 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: options.partition ?? 0 } },
      template: { spec: { containers: [{ name: 'redis', image }] } },
    },
    status: {
      observedGeneration: generation,
      replicas: 2,
      readyReplicas: 2,
      currentRevision: 'web-good',
      updateRevision: image === GOOD ? 'web-good' : 'web-bad',
    },
  })
  const replace = (): void => {
    const { image = '' } = kube.peek<V1StatefulSet>(SET)?.spec?.template.spec?.containers[0] ?? {}
    kube.remove(POD)
    setTimeout(() => kube.put(pod(image)), PACE_MS)
  }
  kube.put(set(GOOD, 1))
  kube.put(pod(GOOD))
  const patch = kube.patch.bind(kube)
  kube.patch = async (ref, change, signal) => {
    await patch(ref, change, signal)
    const { image = '' } = kube.peek<V1StatefulSet>(SET)?.spec?.template.spec?.containers[0] ?? {}
    const generation = (kube.peek<V1StatefulSet>(SET)?.metadata?.generation ?? 0) + 1
    // The controller never ends a Pod that is not ready.
    if (image === BAD || options.frees) replace()
    setTimeout(() => kube.put(set(image, generation)), PACE_MS)
  }
  kube.onDelete = () => replace()
  return kube
}

const broken = brokenRollout('web', { image: BAD })

describe('brokenRollout', () => {
  test('is met when the rollback leaves the Pod stuck and its deletion frees it', async () => {
    const kube = world()
    const finding = await broken.run(checkContext({ kube }))
    expect(finding).toMatchObject({
      met: true,
      message: expect.stringMatching(/web-1 still stuck with redis:7.0-typo .*ErrImagePull.*web-1 ready after its deletion/),
    })
    expect(kube.peek<V1Pod>(POD)?.spec?.containers[0]?.image).toBe(GOOD)
    expect(kube.calls).toEqual(['patch StatefulSet web', 'patch StatefulSet web', 'delete Pod web-1'])
    expect(kube.watches).toBe(0)
  })

  test('is refused by a controller that frees the Pod itself', async () => {
    const finding = await broken.run(checkContext({ kube: world({ frees: true }) }))
    expect(finding).toMatchObject({ met: false, message: expect.stringMatching(/expected web-1 still stuck/) })
  })

  test.each([
    ['does not update in order', { policy: 'Parallel' as const }],
    ['holds every Pod back', { partition: 2 }],
  ])('touches no StatefulSet that %s', async (_why, options) => {
    const kube = world(options)
    expect(await broken.run(checkContext({ kube }))).toMatchObject({
      met: false,
      message: expect.stringMatching(/^nothing was disturbed/),
    })
    expect(kube.calls).toEqual([])
  })

  test('repairs what it broke when it is interrupted', async () => {
    const kube = world()
    const stop = new AbortController()
    const patch = kube.patch
    kube.patch = async (...args) => {
      await patch(...args)
      // Once the broken Pod is there.
      setTimeout(() => stop.abort(new Error('Ctrl-C')), 5 * PACE_MS)
    }
    kube.put({ ...(kube.peek<V1StatefulSet>(SET) as V1StatefulSet) })
    const put = kube.put.bind(kube)
    // It never fails as it should, so that the check waits.
    kube.put = (object) => {
      const pod = object as V1Pod
      const [status] = pod.kind === 'Pod' ? (pod.status?.containerStatuses ?? []) : []
      if (status?.state) delete status.state
      return put(object)
    }
    await expect(broken.run(checkContext({ kube, signal: stop.signal }))).rejects.toThrow('Ctrl-C')
    expect(kube.peek<V1StatefulSet>(SET)?.spec?.template.spec?.containers[0]?.image).toBe(GOOD)
    expect(kube.peek<V1Pod>(POD)?.spec?.containers[0]?.image).toBe(GOOD)
  })
})
