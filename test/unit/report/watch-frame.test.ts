import { describe, expect, it } from 'vitest'
import { createTranslate } from '../../../scripts/messages/translate.ts'
import { createStyle } from '../../../scripts/report/style.ts'
import { renderWatch, type WatchView } from '../../../scripts/report/watch-frame.ts'
import { displayWidth } from '../../../scripts/report/wrap.ts'
import type { CheckResult, LabResult, Status } from '../../../scripts/runner/result.ts'

const options = { t: createTranslate('en'), style: createStyle(false), columns: 60, rows: 30 }

function check(status: Status): CheckResult {
  const evidence = [{ expected: 'Bound', observed: 'Pending', command: 'kubectl get pvc' }]
  return { id: 'c', status, durationMs: 0, message: 'PVC data: expected Bound, saw Pending', evidence }
}

function result(...statuses: Status[]): LabResult {
  const tasks = statuses.map((status, index) => ({ id: `t${index}`, status, checks: [check(status)] }))
  return { id: 'try', status: 'failed', durationMs: 0, tasks }
}

function view(more: Partial<WatchView> = {}): WatchView {
  return {
    id: 'try',
    title: 'A lab to try',
    taskTitles: new Map([
      ['t0', 'The first task'],
      ['t1', 'The second task, whose title is long enough to wrap'],
    ]),
    result: result('passed', 'failed'),
    learned: [],
    hint: undefined,
    busy: undefined,
    keys: true,
    ...more,
  }
}

describe('renderWatch', () => {
  it('shows the tasks, and of the first that is not green why', () => {
    expect(renderWatch(view(), options)).toEqual([
      'try: A lab to try  1 of 2 tasks green',
      '✔ t0  The first task',
      '✖ t1  The second task, whose title is long enough to wrap',
      '',
      '    ✖ PVC data: expected Bound, saw Pending (0.0s)',
      '        expected Bound',
      '        observed Pending',
      '        see it   kubectl get pvc',
      '',
      'h hint · q end',
    ])
  })

  it('shows the hint that was asked for, and what the last task has taught', () => {
    const hint = { task: 't1', text: 'Look at the events.', number: 1, of: 2 }
    const learned = [
      { task: 'x', text: 'earlier' },
      { task: 't0', text: 'A claim outlives its Pod.' },
    ]
    const lines = renderWatch(view({ hint, learned }), options)
    expect(lines.slice(-7)).toEqual([
      'Hint for task t1 (1 of 2):',
      '  Look at the events.',
      '',
      'Learned in task t0:',
      '  A claim outlives its Pod.',
      '',
      'h hint · q end',
    ])
  })

  it('offers to try out what only the tool can show', () => {
    expect(renderWatch(view({ result: result('passed', 'skipped') }), options).at(-1)).toBe(
      'h hint · p let statelab try it out · q end',
    )
  })

  it('names no keys where none are read, and says what it is doing', () => {
    expect(renderWatch(view({ keys: false }), options).at(-1)).toBe('Ctrl-C ends')
    expect(renderWatch(view({ busy: 'deleting Pod a' }), options).at(-1)).toBe('… deleting Pod a')
    expect(renderWatch(view({ result: undefined }), options).at(-1)).toBe('Looking …')
  })

  it.each([
    [20, 40],
    [8, 40],
    [4, 20],
    [1, 20],
  ])('never takes more than %i lines of %i columns', (rows, columns) => {
    const hint = { task: 't1', text: '看看它的事件，事件里写着它为什么在等待。'.repeat(5), number: 1, of: 2 }
    const lines = renderWatch(view({ hint }), { ...options, rows, columns })
    expect(lines.length).toBeLessThanOrEqual(rows)
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
  })

  it('gives up the evidence before the hint, and says that there is more', () => {
    const hint = { task: 't1', text: 'Look at the events.', number: 1, of: 2 }
    expect(renderWatch(view({ hint }), { ...options, rows: 11 })).toEqual([
      'try: A lab to try  1 of 2 tasks green',
      '✔ t0  The first task',
      '✖ t1  The second task, whose title is long enough to wrap',
      '',
      '    ✖ PVC data: expected Bound, saw Pending (0.0s)',
      '        expected Bound',
      '… 3 more lines; make the terminal taller to see them',
      'Hint for task t1 (1 of 2):',
      '  Look at the events.',
      '',
      'h hint · q end',
    ])
  })
})
