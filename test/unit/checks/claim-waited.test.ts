import type { KubernetesObject } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { pvcWaited } from '../../../scripts/checks/claim-waited.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second))
const check = pvcWaited('big', { because: /not found/ })

function claim(phase: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'big', namespace: 'lab-x', creationTimestamp: at(10) },
    spec: phase === 'Bound' ? { volumeName: 'pv' } : {},
    status: { phase },
  } as KubernetesObject
}

function volume(second: number): KubernetesObject {
  return { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv', creationTimestamp: at(second) } }
}

const event = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'lab-x' },
  involvedObject: { kind: 'PersistentVolumeClaim', name: 'big' },
  message: 'storageclass "x" not found',
  lastTimestamp: at(10),
} as KubernetesObject

describe('pvcWaited', () => {
  test.each<[string, KubernetesObject[]]>([
    ['waits, and an event says why', [claim('Pending'), event]],
    ['is bound to a volume that was made later', [claim('Bound'), volume(11), event]],
    ['is bound to a later volume, and the event is forgotten', [claim('Bound'), volume(11)]],
    ['waited for less than a second, by its event', [claim('Bound'), volume(10), event]],
  ])('is met by a claim that %s', async (_what, objects) => {
    expect(await check.run(checkContext({ kube: new FakeKube(...objects) }))).toMatchObject({ met: true })
  })

  test.each<[string, KubernetesObject[], RegExp]>([
    ['waits without an event', [claim('Pending')], /expected \/not found\/, saw no event/],
    [
      'found a volume that was there',
      [claim('Bound'), volume(9), event],
      /expected a volume made after the claim .* saw PV pv made/,
    ],
    ['found one of the same second', [claim('Bound'), volume(10)], /expected a volume made after the claim/],
    ['is not there', [], /saw none/],
  ])('is not met by a claim that %s', async (_what, objects, message) => {
    const finding = await check.run(checkContext({ kube: new FakeKube(...objects) }))
    expect(finding).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })
})
