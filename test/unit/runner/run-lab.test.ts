import { describe, expect, test } from 'vitest'
import type { SolutionStep } from '../../../scripts/catalog/lab.ts'
import { runLab, runWrong } from '../../../scripts/runner/run-lab.ts'
import { CONFIG_MAP, labFixture, scripted, task, text } from '../../helpers/lab-fixture.ts'

const FILES = {
  'solution/claim.yaml': CONFIG_MAP,
  'wrong/claim.yaml': CONFIG_MAP.replace('settings', 'wrong'),
  'solution/shared.yaml': CONFIG_MAP.replace('settings', 'shared'),
}
const APPLY: SolutionStep = { task: 'one', apply: 'claim.yaml', why: text('A claim') }
const TASKS = [task('one', scripted('a', true)), task('two', scripted('b', true))]

describe('runLab', () => {
  test('starts clean, solves, checks, and leaves nothing', async () => {
    await using fixture = await labFixture({ tasks: TASKS, solution: [APPLY] }, FILES)
    expect(await runLab(fixture.lab, fixture.context)).toMatchObject({
      id: 'try',
      status: 'passed',
      tasks: [{ id: 'one' }, { id: 'two' }],
    })
    expect(fixture.kube.calls.at(-1)).toBe('delete Namespace lab-try')
    const ids = fixture.events.flatMap((event) => (event.type === 'step-started' ? event.id : []))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('leaves the solved lab to look at, when asked', async () => {
    await using fixture = await labFixture({ tasks: TASKS, solution: [APPLY] }, FILES)
    await runLab(fixture.lab, fixture.context, { leave: 'solved' })
    expect(fixture.kube.peek({ apiVersion: 'v1', kind: 'Namespace', name: 'lab-try' })).toBeDefined()
  })

  test('a solution that fails is an error of the lab, which is still checked and cleaned', async () => {
    await using fixture = await labFixture({ tasks: TASKS, solution: [{ ...APPLY, apply: 'none.yaml' }] }, FILES)
    const result = await runLab(fixture.lab, fixture.context)
    expect(result).toMatchObject({
      status: 'error',
      tasks: [{ id: 'solve', status: 'error' }, { id: 'one', status: 'passed' }, { id: 'two' }],
    })
    expect(result.tasks[0]?.checks[0]?.message).toMatch(/none\.yaml/)
    expect(fixture.kube.calls.at(-1)).toBe('delete Namespace lab-try')
  })

  test.each([
    [{ kubernetes: '>=1.40' }, 'needs Kubernetes >=1.40, and this is v1.36.3'],
    [{ requires: { nodes: 2 } }, 'needs 2 nodes, and there are 0'],
    [{ requires: { features: ['metrics-server'] } }, 'needs metrics-server, which this environment does not have'],
  ])('a lab that cannot run here is skipped and says why: %j', async (definition, reason) => {
    await using fixture = await labFixture({ tasks: TASKS, ...definition })
    expect(await runLab(fixture.lab, fixture.context)).toEqual({ id: 'try', status: 'skipped', durationMs: 0, reason, tasks: [] })
    expect(fixture.kube.calls).toEqual([])
  })
})

describe('runWrong', () => {
  const wrong = (...steps: SolutionStep[]) => ({ id: 'w', refusedBy: 'two', steps })

  test('applies the files of wrong/, else of solution/, and asks the task that must refuse it, probes and all', async () => {
    const probe = scripted('probe', false, { kind: 'probe' })
    await using fixture = await labFixture({ tasks: [task('one', scripted('a', false)), task('two', probe)] }, FILES)
    const result = await runWrong(fixture.lab, wrong(APPLY, { ...APPLY, apply: 'shared.yaml' }), fixture.context)
    expect(result).toMatchObject({ id: 'w', refused: true, task: { id: 'two', status: 'failed' } })
    expect(probe.runs).toBe(1)
    expect(fixture.kube.calls).toEqual(expect.arrayContaining(['apply ConfigMap wrong', 'apply ConfigMap shared']))
  })

  test('a task that takes it, or could not look, has not refused it', async () => {
    await using fixture = await labFixture({ tasks: TASKS }, FILES)
    expect(await runWrong(fixture.lab, wrong(APPLY), fixture.context)).toMatchObject({ refused: false })
    const blind = scripted('b', () => Promise.reject(new Error('no answer')))
    await using other = await labFixture({ tasks: [task('two', blind)] }, FILES)
    expect(await runWrong(other.lab, wrong(APPLY), other.context)).toMatchObject({ refused: false, task: { status: 'error' } })
  })
})
