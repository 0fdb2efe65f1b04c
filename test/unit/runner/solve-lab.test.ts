import { describe, expect, test } from 'vitest'
import type { SolutionStep } from '../../../scripts/catalog/lab.ts'
import { solveLab } from '../../../scripts/runner/solve-lab.ts'
import { startLab } from '../../../scripts/runner/start-lab.ts'
import { CONFIG_MAP, labFixture, readyPod, scripted, task, text } from '../../helpers/lab-fixture.ts'

const FILES = {
  'solution/claim.yaml': CONFIG_MAP,
  'wrong/claim.yaml': CONFIG_MAP.replace('settings', 'wrong'),
  'solution/shared.yaml': CONFIG_MAP.replace('settings', 'shared'),
}
const APPLY: SolutionStep = { task: 'one', apply: 'claim.yaml', why: text('A claim') }
const EXEC: SolutionStep = {
  exec: { pod: 'a', command: ['redis-cli', 'set', 'message', 'hello world'] },
  why: text('Something to find'),
}
const DELETE: SolutionStep = { task: 'two', delete: { kind: 'Pod', name: 'a' }, why: text('To see what stays') }
const TASKS = [task('one', scripted('a', true)), task('two', scripted('b', true))]

describe('solveLab', () => {
  test('carries out each step and gives it as a command to paste, with its reason', async () => {
    await using fixture = await labFixture({ tasks: TASKS, solution: [APPLY, EXEC, DELETE] }, FILES)
    const { lab, kube, context } = fixture
    await startLab(lab, context)
    kube.put(readyPod('a'))
    const commands: string[] = []
    kube.onExec = (pod, command) => {
      commands.push(`${pod}: ${command.join('|')}`)
      return { exitCode: 0, stdout: 'OK', stderr: '' }
    }
    fixture.events.length = 0
    expect(await solveLab(lab, context)).toEqual([
      { task: 'one', command: 'kubectl -n lab-try apply -f labs/10-try/solution/claim.yaml', why: 'A claim' },
      { task: 'one', command: "kubectl -n lab-try exec a -- redis-cli set message 'hello world'", why: 'Something to find' },
      { task: 'two', command: 'kubectl -n lab-try delete pod a', why: 'To see what stays' },
    ])
    expect(commands).toEqual(['a: redis-cli|set|message|hello world'])
    expect(kube.calls.slice(-2)).toEqual(['apply ConfigMap settings', 'delete Pod a'])
    expect(fixture.events.filter(({ type }) => type === 'step-started')).toMatchObject([
      { title: expect.stringContaining('apply') },
      { title: expect.stringContaining('exec') },
      { title: expect.stringContaining('delete') },
    ])
  })

  test('stops after the steps of a task; a step without one belongs to the task before', async () => {
    await using fixture = await labFixture({ tasks: TASKS, solution: [APPLY, EXEC, DELETE] }, FILES)
    await startLab(fixture.lab, fixture.context)
    fixture.kube.put(readyPod('a'))
    fixture.kube.onExec = () => ({ exitCode: 0, stdout: '', stderr: '' })
    const solved = await solveLab(fixture.lab, fixture.context, { to: 'one' })
    expect(solved.map(({ why }) => why)).toEqual(['A claim', 'Something to find'])
    await expect(solveLab(fixture.lab, fixture.context, { to: 'three' })).rejects.toMatchObject({
      code: 'bad-input',
      fix: 'its tasks: one, two',
    })
  })

  test('waits until a step has had its effect, looking again when something has changed', async () => {
    let created = false
    const until = scripted('created', () => created)
    await using fixture = await labFixture({ tasks: TASKS, solution: [{ ...APPLY, until }] }, FILES)
    await startLab(fixture.lab, fixture.context)
    const solving = solveLab(fixture.lab, fixture.context)
    await expect.poll(() => until.runs).toBeGreaterThan(0)
    created = true
    fixture.kube.put(readyPod('b'))
    await solving
    expect(fixture.kube.watches).toBe(0)
  })

  test('waits for the Pod in which a program is to run', async () => {
    await using fixture = await labFixture({ tasks: TASKS, solution: [EXEC] })
    await startLab(fixture.lab, fixture.context)
    fixture.kube.onExec = () => ({ exitCode: 0, stdout: '', stderr: '' })
    const solving = solveLab(fixture.lab, fixture.context)
    await expect.poll(() => fixture.kube.watches).toBe(1)
    fixture.kube.put(readyPod('a'))
    expect(await solving).toHaveLength(1)
  })

  test('a program that fails ends the solution with what it said', async () => {
    await using fixture = await labFixture({ tasks: TASKS, solution: [EXEC] })
    await startLab(fixture.lab, fixture.context)
    fixture.kube.put(readyPod('a'))
    fixture.kube.onExec = () => ({ exitCode: 1, stdout: '', stderr: 'no such key\n' })
    await expect(solveLab(fixture.lab, fixture.context)).rejects.toMatchObject({
      code: 'operation-failed',
      message: expect.stringMatching(/redis-cli set .* exited with 1: no such key$/),
    })
  })
})
