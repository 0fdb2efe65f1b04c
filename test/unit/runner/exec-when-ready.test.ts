import { expect, test } from 'vitest'
import { execWhenReady } from '../../../scripts/runner/exec-when-ready.ts'
import { labFixture, readyPod } from '../../helpers/lab-fixture.ts'

const REFUSED = { exitCode: 1, stdout: '', stderr: 'Connection refused' }
const SECOND = 1000

test.each([
  ['is run again when it fails in a Pod that has just become ready', 1, 0, 2],
  ['is run once in a Pod that has long been ready, also when it fails', 60, 1, 1],
])('a program %s', async (_fact, seconds, exitCode, runs) => {
  await using fixture = await labFixture({})
  const pod = readyPod('a')
  for (const condition of pod.status?.conditions ?? []) condition.lastTransitionTime = new Date(Date.now() - seconds * SECOND)
  fixture.kube.put(pod)
  let count = 0
  fixture.kube.onExec = () => (++count === 1 ? REFUSED : { ...REFUSED, exitCode: 0 })
  const target = { namespace: 'lab-try', name: 'a' }
  const result = await execWhenReady(fixture.kube, target, ['redis-cli', 'ping'], AbortSignal.timeout(5 * SECOND))
  expect(result.exitCode).toBe(exitCode)
  expect(count).toBe(runs)
})
