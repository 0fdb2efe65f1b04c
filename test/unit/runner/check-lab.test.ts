import type { V1Namespace } from '@kubernetes/client-node'
import { labState } from '../../../scripts/runner/lab-state.ts'
import { describe, expect, test } from 'vitest'
import { met } from '../../../scripts/checks/check.ts'
import { checkLab } from '../../../scripts/runner/check-lab.ts'
import { startLab } from '../../../scripts/runner/start-lab.ts'
import { labFixture, scripted, task } from '../../helpers/lab-fixture.ts'

const PROBES = { probes: true }

async function started(...tasks: ReturnType<typeof task>[]) {
  const fixture = await labFixture({ tasks })
  await startLab(fixture.lab, fixture.context)
  fixture.events.length = 0
  return fixture
}

function outline({ tasks }: Awaited<ReturnType<typeof checkLab>>): string[] {
  return tasks.flatMap(({ id, status, checks }) => [`${id} ${status}`, ...checks.map((check) => `  ${check.id} ${check.status}`)])
}

describe('checkLab', () => {
  test('a lab whose checks are all met is passed, and this is written on its namespace', async () => {
    await using fixture = await started(
      task('one', scripted('a', true), scripted('b', true)),
      task('two', scripted('c', true, { kind: 'probe' })),
    )
    const result = await checkLab(fixture.lab, fixture.context, PROBES)
    expect(result).toMatchObject({ id: 'try', status: 'passed', durationMs: expect.any(Number) })
    expect(outline(result)).toEqual(['one passed', '  a passed', '  b passed', 'two passed', '  c passed'])
    const namespace = fixture.kube.peek<V1Namespace>({ apiVersion: 'v1', kind: 'Namespace', name: 'lab-try' })
    expect(namespace?.metadata?.annotations).toEqual({ 'dev.statelab.state': 'passed', 'dev.statelab.proven': 'two' })
  })

  test('what comes after a failed task is observed all the same, but no probe disturbs it', async () => {
    const probe = scripted('probe', true, { kind: 'probe' })
    await using fixture = await started(task('one', scripted('a', false)), task('two', scripted('b', true), probe))
    const result = await checkLab(fixture.lab, fixture.context, PROBES)
    expect(result.status).toBe('failed')
    expect(outline(result)).toEqual(['one failed', '  a failed', 'two blocked', '  b passed', '  probe blocked'])
    expect(result.tasks[1]?.checks[1]?.message).toBe('waits for task one')
    expect(probe.runs).toBe(0)
  })

  test('a probe waits for the observations before it in its own task', async () => {
    const probe = scripted('probe', true, { kind: 'probe' })
    await using fixture = await started(task('one', scripted('a', false), probe))
    const result = await checkLab(fixture.lab, fixture.context, PROBES)
    expect(outline(result)).toEqual(['one failed', '  a failed', '  probe blocked'])
    expect(result.tasks[0]?.checks[1]?.message).toBe('waits for: a is so')
  })

  test('without probes, what they would show is skipped, and a lab is not passed by that', async () => {
    const probe = scripted('probe', true, { kind: 'probe' })
    await using fixture = await started(task('one', scripted('a', true), probe))
    const result = await checkLab(fixture.lab, fixture.context, { probes: false })
    expect(result.status).toBe('skipped')
    expect(probe.runs).toBe(0)
    expect(await labState(fixture.kube, fixture.lab, fixture.context.signal)).toBe('started')
  })

  test('what the learner has shown already spares the probe, unless that is not to be believed', async () => {
    const probe = scripted('probe', false, { kind: 'probe', proven: async () => met('the learner did it') })
    await using fixture = await started(task('one', probe))
    expect(await checkLab(fixture.lab, fixture.context, { probes: false })).toMatchObject({
      status: 'passed',
      tasks: [{ checks: [{ message: 'the learner did it' }] }],
    })
    expect(probe.runs).toBe(0)
    expect(await checkLab(fixture.lab, fixture.context, { probes: true, believe: false })).toMatchObject({ status: 'failed' })
    expect(probe.runs).toBe(1)
  })

  test('a check that could not look is an error, and no failure', async () => {
    const broken = scripted('a', () => Promise.reject(new Error('connection refused')))
    await using fixture = await started(task('one', broken), task('two', scripted('b', true)))
    const result = await checkLab(fixture.lab, fixture.context, PROBES)
    expect(outline(result)).toEqual(['one error', '  a error', 'two passed', '  b passed'])
    expect(result).toMatchObject({ status: 'error', tasks: [{ checks: [{ message: 'connection refused' }] }, {}] })
  })

  test('an interruption is no result', async () => {
    const controller = new AbortController()
    const interrupts = scripted('a', () => {
      controller.abort(new Error('Ctrl-C'))
      throw new Error('aborted')
    })
    await using fixture = await started(task('one', interrupts))
    await expect(checkLab(fixture.lab, { ...fixture.context, signal: controller.signal }, PROBES)).rejects.toThrow('Ctrl-C')
  })

  test('a lab that was not started is not found, and the command that starts it is given', async () => {
    await using fixture = await labFixture({})
    await expect(checkLab(fixture.lab, fixture.context, PROBES)).rejects.toMatchObject({
      code: 'not-found',
      fix: 'statelab start try',
    })
  })

  test('tells of tasks and checks as steps within steps, each with one end', async () => {
    await using fixture = await started(task('one', scripted('a', true)), task('two', scripted('b', false)))
    await checkLab(fixture.lab, { ...fixture.context, parent: 'run' }, PROBES)
    const shown = fixture.events.map((event) =>
      event.type === 'step-finished'
        ? [event.id, event.outcome, event.detail]
        : event.type === 'step-started'
          ? [event.id, event.parent]
          : [],
    )
    expect(shown).toEqual([
      ['run/check/one', 'run'],
      ['run/check/one/a', 'run/check/one'],
      ['run/check/one/a', 'done', 'a seen'],
      ['run/check/one', 'done', undefined],
      ['run/check/two', 'run'],
      ['run/check/two/b', 'run/check/two'],
      ['run/check/two/b', 'failed', 'b not seen'],
      ['run/check/two', 'failed', 'b not seen'],
    ])
  })
})

test('findings, titles and failures are in the language of the learner', async () => {
  await using fixture = await labFixture({
    tasks: [task('one', scripted('a', false)), task('two', scripted('b', true, { kind: 'probe' }))],
  })
  const context = { ...fixture.context, language: 'zh' } as const
  await expect(checkLab(fixture.lab, context, PROBES)).rejects.toMatchObject({
    texts: { message: { zh: '实验 try 还没有开始' } },
  })
  await startLab(fixture.lab, context)
  const { tasks } = await checkLab(fixture.lab, context, PROBES)
  expect(tasks[1]?.checks[0]?.message).toBe('等待任务 one')
  expect(fixture.events.find((event) => event.type === 'step-started')).toMatchObject({ title: '开始 try：Try（中）' })
})
