import { describe, expect, test } from 'vitest'
import type { SolutionStep } from '../../../scripts/catalog/lab.ts'
import { hintFor, hintsFor } from '../../../scripts/runner/hint-for.ts'
import { checkLab, shownKey } from '../../../scripts/runner/check-lab.ts'
import { runLab, runWrong } from '../../../scripts/runner/run-lab.ts'
import { solveLab } from '../../../scripts/runner/solve-lab.ts'
import { startLab } from '../../../scripts/runner/start-lab.ts'
import { watchLab } from '../../../scripts/runner/watch-lab.ts'
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
const BACK = { apiVersion: 'v1', kind: 'Pod', name: 'back', namespace: 'lab-try' }
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

describe('hintFor', () => {
  const hints = (first: boolean) => [
    { text: text('general') },
    { when: scripted('w1', first), text: text('first') },
    { when: scripted('w2', true), text: text('second') },
  ]

  test.each([
    [true, 'first'],
    [false, 'second'],
  ])('is the first whose condition is met, before every general one', async (first, expected) => {
    await using fixture = await labFixture({
      tasks: [task('one', scripted('a', true)), { ...task('two', scripted('b', false)), hints: hints(first) }],
    })
    await startLab(fixture.lab, fixture.context)
    expect((await hintFor(fixture.lab, fixture.context))?.text.en).toBe(expected)
  })

  test('comes with its task and with the general ones; what cannot be looked at does not fit', async () => {
    const blind = { when: scripted('w3', () => Promise.reject(new Error('no such Pod'))), text: text('cannot be looked at') }
    await using fixture = await labFixture({
      tasks: [{ ...task('one', scripted('a', false)), hints: [blind, ...hints(true), { text: text('last') }] }],
    })
    await startLab(fixture.lab, fixture.context)
    const found = await hintsFor(fixture.lab, fixture.context)
    expect(found?.task).toBe('one')
    expect(found?.hints.map((hint) => hint.text.en)).toEqual(['first', 'general', 'last'])
  })

  test('goes on to the next task once a probe has shown one, and comes back when that task breaks', async () => {
    let intact = true
    const seen = scripted('seen', () => Promise.resolve(intact))
    const probed = { ...task('one', seen), checks: [seen, scripted('probe', true, { kind: 'probe' })] }
    await using fixture = await labFixture({ tasks: [probed, task('two', scripted('b', false))] })
    await startLab(fixture.lab, fixture.context)
    const hinted = async () => (await hintsFor(fixture.lab, fixture.context))?.task
    expect(await hinted()).toBe('one')
    await checkLab(fixture.lab, fixture.context, { probes: true })
    expect(await hinted()).toBe('two')
    intact = false
    expect(await hinted()).toBe('one')
  })

  test('is the general one when nothing fits, and none when everything is green', async () => {
    await using fixture = await labFixture({ tasks: [task('one', scripted('a', false))] })
    await startLab(fixture.lab, fixture.context)
    expect((await hintFor(fixture.lab, fixture.context))?.text.zh).toBe('about one（中）')
    expect(await hintFor({ ...fixture.lab, tasks: TASKS }, fixture.context)).toBeUndefined()
  })
})

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
