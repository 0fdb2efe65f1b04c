import { expect, test } from 'vitest'
import { checkLab, shownKey } from '../../../scripts/runner/check-lab.ts'
import { startLab } from '../../../scripts/runner/start-lab.ts'
import { watchLab } from '../../../scripts/runner/watch-lab.ts'
import { labFixture, readyPod, scripted, task } from '../../helpers/lab-fixture.ts'

const BACK = { apiVersion: 'v1', kind: 'Pod', name: 'back', namespace: 'lab-try' }

test('what a probe has shown stands for a watching learner, until something before it is red', async () => {
  let ready = true
  const probe = scripted('p', true, { kind: 'probe' })
  await using fixture = await labFixture({
    tasks: [
      task(
        'one',
        scripted('a', () => ready),
        probe,
      ),
      task('two', scripted('b', false)),
    ],
  })
  await startLab(fixture.lab, fixture.context)
  const { tasks } = await checkLab(fixture.lab, fixture.context, { probes: true })
  const result = tasks[0]?.checks[1]
  if (!result) throw new Error('no result')
  const shown = new Map([[shownKey('one', 'p'), result]])
  const look = async (): Promise<string[]> => {
    for await (const seen of watchLab(fixture.lab, fixture.context, { shown })) return seen.tasks.map(({ status }) => status)
    return []
  }
  expect(await look()).toEqual(['passed', 'failed'])
  ready = false
  expect(await look()).toEqual(['failed', 'failed'])
  expect(probe.runs).toBe(1)
})

test('watchLab waits while a lab is reset by another command', async () => {
  await using fixture = await labFixture({
    tasks: [
      task(
        'one',
        scripted('a', () => fixture.kube.peek(BACK) !== undefined),
      ),
    ],
  })
  await startLab(fixture.lab, fixture.context)
  const seen: string[] = []
  for await (const { status } of watchLab(fixture.lab, fixture.context)) {
    seen.push(status)
    if (status === 'passed') break
    const namespace = fixture.kube.peek({ apiVersion: 'v1', kind: 'Namespace', name: 'lab-try' })
    fixture.kube.remove({ apiVersion: 'v1', kind: 'Namespace', name: 'lab-try' })
    fixture.kube.put(readyPod('gone'))
    setTimeout(() => {
      fixture.kube.put(namespace ?? {})
      fixture.kube.put(readyPod('back'))
    }, 400)
  }
  expect(seen).toEqual(['failed', 'passed'])
})

test('watchLab of a lab that was not started is refused', async () => {
  await using fixture = await labFixture({})
  await expect(watchLab(fixture.lab, fixture.context).next()).rejects.toMatchObject({ code: 'not-found' })
})

test('watchLab yields at first and after a change that a person would notice, and ends with the signal', async () => {
  const check = scripted('a', () => {
    setTimeout(() => fixture.kube.put(readyPod('b')), 5)
    return check.runs >= 3
  })
  await using fixture = await labFixture({ tasks: [task('one', check)] })
  await startLab(fixture.lab, fixture.context)
  const controller = new AbortController()
  const seen: string[] = []
  for await (const { status } of watchLab(fixture.lab, { ...fixture.context, signal: controller.signal })) {
    seen.push(`${status} after ${check.runs}`)
    if (status === 'passed') controller.abort()
  }
  expect(seen).toEqual(['failed after 1', 'passed after 3'])
  expect(fixture.kube.watches).toBe(0)
})
