import { expect, test } from 'vitest'
import { allPodsDeleted } from '../../../../scripts/checks/disturbances/all-pods-deleted.ts'
import { checkContext } from '../../../helpers/check-context.ts'
import { redisPod, redisPods } from '../../../helpers/redis-pods.ts'

test('deletes every Pod of the StatefulSet, no other, and waits for all', async () => {
  const kube = redisPods(['set-0', 'set-1'], () => '')
  kube.put({ ...redisPod('alone', '10.0.0.9'), metadata: { name: 'alone', namespace: 'lab-x' } })
  const finding = await allPodsDeleted('set').run(checkContext({ kube }))
  expect(finding).toMatchObject({ met: true, message: 'all 2 Pods of StatefulSet set were deleted and came back' })
  expect(finding.evidence).toHaveLength(2)
  expect(kube.calls).toEqual(['delete Pod set-0', 'delete Pod set-1'])
  expect(kube.watches).toBe(0)
})

test('deletes nothing while one is not ready, or there is none', async () => {
  const kube = redisPods(['set-0', 'set-1'], () => '')
  kube.put({ ...redisPod('set-1', ''), status: { phase: 'Pending' } })
  expect(await allPodsDeleted('set').run(checkContext({ kube }))).toMatchObject({ met: false })
  expect(await allPodsDeleted('other').run(checkContext({ kube }))).toMatchObject({ met: false })
  expect(kube.calls).toEqual([])
})

test('an interruption ends the wait and leaves no watch behind', async () => {
  const kube = redisPods(['set-0'], () => '')
  kube.onDelete = (ref) => kube.remove(ref)
  const stop = new AbortController()
  const running = allPodsDeleted('set').run(checkContext({ kube, signal: stop.signal }))
  setTimeout(() => stop.abort(new Error('enough')), 20)
  await expect(running).rejects.toThrow('enough')
  await expect.poll(() => kube.watches).toBe(0)
})
