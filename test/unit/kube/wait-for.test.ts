import type { V1Pod } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import { untilGone, waitFor, waitForAll } from '../../../scripts/kube/wait-for.ts'
import { startWatching } from '../../../scripts/kube/watching.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'ns', name: 'a' }
const signal = new AbortController().signal

function pod(phase: string, name = 'a'): V1Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns' }, status: { phase } }
}

function running(found: V1Pod | undefined) {
  const phase = found?.status?.phase
  return phase === 'Running' ? { value: phase, seen: phase } : { seen: `Pod a ${phase ?? 'is not there'}` }
}

describe('waitFor', () => {
  test('returns at once what is already so', async () => {
    const kube = new FakeKube(pod('Running'))
    expect(await waitFor(kube, ref, running, { what: 'runs', timeoutMs: 1_000, signal })).toBe('Running')
    expect(kube.watches).toBe(0)
  })

  test('is told of changes, and says what it sees', async () => {
    const kube = new FakeKube()
    const seen: string[] = []
    const waiting = waitFor(kube, ref, running, { what: 'runs', timeoutMs: 1_000, signal, onSeen: (text) => seen.push(text) })
    await expect.poll(() => seen.length).toBe(1)
    kube.put(pod('Pending'))
    await expect.poll(() => seen.length).toBe(2)
    kube.put(pod('Running'))
    expect(await waiting).toBe('Running')
    expect(seen).toEqual(['Pod a is not there', 'Pod a Pending'])
  })

  test('reports the last observation when the deadline passes', async () => {
    const waiting = waitFor(new FakeKube(pod('Pending')), ref, running, { what: 'Pod a runs', timeoutMs: 30, signal })
    await expect(waiting).rejects.toMatchObject({
      code: 'timed-out',
      message: 'Pod a runs: not within 0.0s; last seen: Pod a Pending',
    })
  })

  test('lets an explanation replace the last observation', async () => {
    const explain = async () => 'PVC data-0 Pending: no StorageClass nfs-clinet'
    const waiting = waitFor(new FakeKube(pod('Pending')), ref, running, { what: 'Pod a runs', timeoutMs: 30, signal, explain })
    await expect(waiting).rejects.toThrow('last seen: PVC data-0 Pending: no StorageClass nfs-clinet')
  })

  test('rejects with the reason of a signal that aborts, before or midway, and leaves no watch behind', async () => {
    const kube = new FakeKube(pod('Pending'))
    const reason = new Error('Ctrl-C')
    await expect(waitFor(kube, ref, running, { what: 'runs', timeoutMs: 1_000, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    )
    const controller = new AbortController()
    const waiting = waitFor(kube, ref, running, { what: 'runs', timeoutMs: 1_000, signal: controller.signal })
    await expect.poll(() => kube.watches).toBe(1)
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    expect(kube.watches).toBe(0)
  })

  test('hands on the failure of the watch', async () => {
    const kube = new FakeKube()
    kube.list = () => Promise.reject(new Error('forbidden'))
    await expect(waitFor(kube, ref, running, { what: 'runs', timeoutMs: 1_000, signal })).rejects.toThrow('forbidden')
  })
})

test('waitForAll never looks at half a list', async () => {
  const kube = new FakeKube(pod('Running', 'a'), pod('Pending', 'b'))
  const sizes: number[] = []
  await waitForAll<V1Pod, true>(
    kube,
    { apiVersion: 'v1', kind: 'Pod', namespace: 'ns' },
    (pods) => {
      sizes.push(pods.length)
      return { value: true, seen: '' }
    },
    { what: 'all', timeoutMs: 1_000, signal },
  )
  expect(sizes).toEqual([2])
})

describe('untilGone', () => {
  test('takes what was never there for gone', () => untilGone(new FakeKube(), ref, { timeoutMs: 1_000, signal }))

  test('waits for the deletion', async () => {
    const kube = new FakeKube(pod('Running'))
    const waiting = untilGone(kube, ref, { timeoutMs: 1_000, signal })
    await expect.poll(() => kube.watches).toBe(1)
    kube.remove(ref)
    await waiting
  })

  test('takes an object of the same name and another UID for another object', async () => {
    const kube = new FakeKube({ ...pod('Running'), metadata: { name: 'a', namespace: 'ns', uid: 'second' } })
    await untilGone(kube, ref, { uid: 'first', timeoutMs: 1_000, signal })
  })

  test('says which finalizers hold an object', async () => {
    const held = { name: 'a', namespace: 'ns', deletionTimestamp: new Date(0), finalizers: ['kubernetes.io/pvc-protection'] }
    const waiting = untilGone(new FakeKube({ ...pod('Running'), metadata: held }), ref, { timeoutMs: 30, signal })
    await expect(waiting).rejects.toThrow('is being deleted since 1970-01-01T00:00:00.000Z, held by kubernetes.io/pvc-protection')
  })
})

test('a watch that runs before an action has every change it causes, in order and with its time', async () => {
  const kube = new FakeKube()
  const first = kube.put(pod('Running'))
  await using watching = await startWatching<V1Pod>(kube, { apiVersion: 'v1', kind: 'Pod', namespace: 'ns' }, signal)
  kube.remove(ref)
  kube.put(pod('Pending'))
  kube.put(pod('Running'))
  const again = ([found]: readonly V1Pod[]) =>
    found?.metadata?.uid === first.metadata?.uid ? { seen: 'the first' } : running(found)
  await watching.until(again, { what: 'runs again', timeoutMs: 1_000, signal })
  expect(watching.changes.map(({ type, object }) => [type, object.status?.phase])).toEqual([
    ['deleted', 'Running'],
    ['added', 'Pending'],
    ['modified', 'Running'],
  ])
  expect(watching.changes.every(({ at }) => at instanceof Date)).toBe(true)
})
