import type { V1ControllerRevision, V1Pod } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { podImages, revisionHistory, rolledOut } from '../../../scripts/checks/rollout.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const namespace = 'lab-x'

interface Revision {
  readonly name: string
  readonly revision: number
  readonly image: string
  readonly owner?: string
  readonly createdAt?: string
}

function revision({ name, revision, image, owner = 'set', createdAt = '2026-11-21T07:00:00Z' }: Revision): V1ControllerRevision {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace,
      creationTimestamp: new Date(createdAt),
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: owner, controller: true }],
    },
    data: { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } },
    revision,
  }
}

function pod(ordinal: number, image: string, ready = true): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `web-${ordinal}`, namespace },
    spec: { containers: [{ name: 'main', image }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }
}

function world(status: { currentRevision: string; updateRevision: string }, ...revisions: Revision[]): FakeKube {
  const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web', namespace, uid: 'set' }, spec: {}, status }
  return new FakeKube(set, ...revisions.map(revision))
}

const A = { name: 'web-a', revision: 1, image: 'nginx:1' }
const B = { name: 'web-b', revision: 2, image: 'nginx:2', createdAt: '2026-11-21T07:10:00Z' }
const done = { currentRevision: 'web-b', updateRevision: 'web-b' }

describe('revisionHistory', () => {
  const updated = revisionHistory('web', ['nginx:1', 'nginx:2'])

  test('is met by a template that was changed in place, in this order', async () => {
    const finding = await updated.run(checkContext({ kube: world(done, B, A) }))
    expect(finding).toMatchObject({ met: true, message: 'History of StatefulSet web: nginx:1 → nginx:2' })
  })

  test.each<[string, FakeKube, string]>([
    ['was deleted and made again', world(done, { ...B, revision: 1 }), 'nginx:2'],
    ['was only rolled back', world(done, { ...A, revision: 3 }, B), 'nginx:2 → nginx:1'],
    ['has the history of another', world(done, { ...A, owner: 'other' }, B), 'nginx:2'],
    ['is not there', new FakeKube(), 'no revisions'],
  ])('is refused by a StatefulSet that %s', async (_why, kube, seen) => {
    expect(await updated.run(checkContext({ kube }))).toMatchObject({
      met: false,
      message: expect.stringMatching(`saw ${seen}$`),
    })
  })

  test('sees a rollback by its number, not by its age', async () => {
    const rolledBack = revisionHistory('web', ['nginx:2', 'nginx:1'])
    expect(await rolledBack.run(checkContext({ kube: world(done, { ...A, revision: 3 }, B) }))).toMatchObject({ met: true })
    expect(await rolledBack.run(checkContext({ kube: world(done, A, B) }))).toMatchObject({ met: false })
  })
})

describe('rolledOut', () => {
  test('is met once the update has reached every Pod, and not while it is under way', async () => {
    const check = rolledOut('web', 'nginx:2')
    expect(await check.run(checkContext({ kube: world(done, A, B) }))).toMatchObject({ met: true })
    const underWay = world({ currentRevision: 'web-a', updateRevision: 'web-b' }, A, B)
    expect(await check.run(checkContext({ kube: underWay }))).toMatchObject({
      met: false,
      message: 'StatefulSet web: expected nginx:2, saw nginx:1 (currentRevision web-a)',
    })
  })
})

describe('podImages', () => {
  const canary = podImages('web', ['nginx:1', 'nginx:2'])
  const halfWay = { currentRevision: 'web-a', updateRevision: 'web-b' }

  test('is met when each Pod runs its image, and is ready', async () => {
    const kube = world(halfWay, A, B)
    kube.put(pod(0, 'nginx:1'))
    kube.put(pod(1, 'nginx:2'))
    expect(await canary.run(checkContext({ kube }))).toMatchObject({ met: true })
  })

  test.each<[string, V1Pod[], RegExp]>([
    ['runs another image', [pod(0, 'nginx:2'), pod(1, 'nginx:2')], /expected web-0 nginx:1, ready, saw web-0 nginx:2, ready/],
    ['is not ready', [pod(0, 'nginx:1'), pod(1, 'nginx:2', false)], /saw web-1 nginx:2, Running but not ready/],
    ['is missing', [pod(0, 'nginx:1')], /saw web-1 none/],
  ])('is refused when a Pod %s', async (_why, pods, message) => {
    const kube = world(halfWay, A, B)
    for (const each of pods) kube.put(each)
    expect(await canary.run(checkContext({ kube }))).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })

  test('a Pod made after the newest revision was held back by the partition', async () => {
    const context = checkContext({ kube: world(halfWay, A, B) })
    expect(await canary.provenSince?.(context, new Date('2026-11-21T07:20:00Z'))).toMatchObject({ met: true })
    expect(await canary.provenSince?.(context, new Date('2026-11-21T07:05:00Z'))).toBeUndefined()
  })

  test('an old revision that a rollback made the newest proves nothing', async () => {
    const context = checkContext({ kube: world({ currentRevision: 'web-b', updateRevision: 'web-a' }, { ...A, revision: 3 }, B) })
    expect(await canary.provenSince?.(context, new Date('2026-11-21T07:20:00Z'))).toBeUndefined()
  })
})
