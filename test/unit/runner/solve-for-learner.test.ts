import { expect, test } from 'vitest'
import { solvedTasks } from '../../../scripts/runner/lab-state.ts'
import type { LabResult } from '../../../scripts/runner/result.ts'
import { solveForLearner } from '../../../scripts/runner/solve-for-learner.ts'
import { startLab } from '../../../scripts/runner/start-lab.ts'
import { CONFIG_MAP, labFixture, scripted, task, text } from '../../helpers/lab-fixture.ts'

const FILES = { 'solution/a.yaml': CONFIG_MAP, 'solution/b.yaml': CONFIG_MAP }

function lab(green: boolean) {
  return labFixture(
    {
      tasks: [task('one', scripted('a', green)), task('two', scripted('b', false)), task('three', scripted('c', false))],
      solution: [
        { task: 'one', apply: 'a.yaml', why: text('A') },
        { task: 'two', apply: 'b.yaml', why: text('B') },
        { apply: 'b.yaml', why: text('B again') },
        { task: 'three', apply: 'b.yaml', why: text('C') },
      ],
    },
    FILES,
  )
}

test('what was green before stays own work; the other tasks are marked as solved', async () => {
  await using fixture = await lab(true)
  await startLab(fixture.lab, fixture.context)
  const before: string[] = []
  const onLook = async ({ tasks }: LabResult): Promise<void> => void before.push(...tasks.map(({ status }) => status))
  const steps = await solveForLearner(fixture.lab, fixture.context, { to: 'two', onLook })
  expect(before).toEqual(['passed', 'failed', 'failed'])
  expect(steps.map((step) => step.task)).toEqual(['one', 'two', 'two'])
  expect(await solvedTasks(fixture.kube, fixture.lab, fixture.context.signal)).toEqual(['two'])
})

test('a task is marked before anything is done for it, and not before its turn', async () => {
  await using fixture = await lab(false)
  const { kube, context } = fixture
  await startLab(fixture.lab, context)
  const stop = new Error('enough')
  const beforeStep = async (step: { task: string }): Promise<void> => {
    if (step.task === 'two') throw stop
  }
  await expect(solveForLearner(fixture.lab, context, { beforeStep })).rejects.toBe(stop)
  expect(await solvedTasks(kube, fixture.lab, context.signal)).toEqual(['one'])
  expect(kube.calls.slice(-2)).toEqual(['patch Namespace lab-try', 'apply ConfigMap settings'])
})

test('a task that has no steps of its own is solved by those of the task before it', async () => {
  const step = { apply: 'a.yaml', why: text('A') }
  const tasks = ['one', 'two', 'three', 'four'].map((id) => task(id, scripted(id, false)))
  await using fixture = await labFixture({ tasks, solution: [step, { ...step, task: 'three' }] }, FILES)
  await startLab(fixture.lab, fixture.context)
  await solveForLearner(fixture.lab, fixture.context, { to: 'two' })
  expect(await solvedTasks(fixture.kube, fixture.lab, fixture.context.signal)).toEqual(['one', 'two'])
  await solveForLearner(fixture.lab, fixture.context)
  expect(await solvedTasks(fixture.kube, fixture.lab, fixture.context.signal)).toEqual(['one', 'two', 'three', 'four'])
})

test('the marks stay when the lab is started again, and go with it', async () => {
  await using fixture = await lab(false)
  const { kube, context } = fixture
  await startLab(fixture.lab, context)
  await solveForLearner(fixture.lab, context, { to: 'one' })
  expect(await solvedTasks(kube, fixture.lab, context.signal)).toEqual(['one'])
  kube.remove({ apiVersion: 'v1', kind: 'Namespace', name: 'lab-try' })
  await startLab(fixture.lab, context)
  expect(await solvedTasks(kube, fixture.lab, context.signal)).toEqual([])
})
