import { describe, expect, it } from 'vitest'
import { createStyle } from '../../../scripts/report/style.ts'
import { changedLines } from '../../../scripts/report/watch-lines.ts'
import type { LabResult, Status } from '../../../scripts/runner/result.ts'

const taskTitles = new Map([
  ['a', 'Task A'],
  ['b', 'Task B'],
  ['c', 'Task C'],
])

function result(...tasks: [id: string, status: Status, message?: string][]): LabResult {
  const each = tasks.map(([id, status, message = 'm']) => ({
    id,
    status,
    checks: [{ id: 'c', status, durationMs: 0, message, evidence: [] }],
  }))
  return { id: 'try', status: 'failed', durationMs: 0, tasks: each }
}

function lines(before: LabResult | undefined, after: LabResult): string[] {
  return changedLines(before, after, { style: createStyle(false), taskTitles })
}

const FIRST = result(['a', 'passed'], ['b', 'failed', 'no Pod'], ['c', 'failed'])

describe('changedLines', () => {
  it('tells at first what is green, and why the next task is not', () => {
    expect(lines(undefined, FIRST)).toEqual(['✔ a: Task A', '✖ b: no Pod'])
  })

  it('tells nothing when nothing a learner waits for has changed', () => {
    expect(lines(FIRST, result(['a', 'passed'], ['b', 'failed', 'no Pod'], ['c', 'failed', 'other']))).toEqual([])
  })

  it('tells what has changed, on one line each', () => {
    expect(lines(FIRST, result(['a', 'passed'], ['b', 'failed', 'Pod\n  Pending'], ['c', 'failed']))).toEqual([
      '✖ b: Pod Pending',
    ])
    expect(lines(FIRST, result(['a', 'passed'], ['b', 'passed'], ['c', 'skipped', 'not shown']))).toEqual([
      '✔ b: Task B',
      '▪ c: not shown',
    ])
  })

  it('tells what is red again', () => {
    expect(lines(result(['a', 'passed'], ['b', 'passed']), result(['a', 'failed', 'gone'], ['b', 'blocked']))).toEqual([
      '✖ a: gone',
      '▪ b: Task B',
    ])
  })
})
