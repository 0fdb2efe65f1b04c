import { describe, expect, it } from 'vitest'
import { count, newlyPassed, NO_PROGRESS, record } from '../../../scripts/progress/progress.ts'

const FIRST = new Date('2026-11-21T08:00:00Z')
const LATER = new Date('2026-11-22T08:00:00Z')
const AT_FIRST = FIRST.toISOString()
const AT_LATER = LATER.toISOString()

function seen(green: string[], more: { passed?: boolean; solved?: string[] } = {}) {
  return { labId: 'try', green, passed: false, solved: [], ...more }
}

describe('record', () => {
  it('writes down each green task once, when it was first seen', () => {
    const first = record(NO_PROGRESS, seen(['a']), FIRST)
    const later = record(first, seen(['a', 'b']), LATER)
    expect(later.labs.try?.tasks).toEqual({
      a: { passedAt: AT_FIRST, by: 'hand' },
      b: { passedAt: AT_LATER, by: 'hand' },
    })
    expect(later.labs.try?.passedAt).toBeUndefined()
    expect(newlyPassed(first, later, 'try')).toEqual(['b'])
    expect(newlyPassed(NO_PROGRESS, first, 'try')).toEqual(['a'])
  })

  it('takes nothing back when a task is red again', () => {
    const passed = record(NO_PROGRESS, seen(['a', 'b'], { passed: true }), FIRST)
    expect(record(passed, seen([]), LATER).labs).toEqual(passed.labs)
  })

  it('has a lab as solved where the tool did any of its tasks', () => {
    const { try: lab } = record(NO_PROGRESS, seen(['a', 'b'], { passed: true, solved: ['b'] }), FIRST).labs
    expect(lab).toMatchObject({ passedAt: AT_FIRST, by: 'solve', tasks: { a: { by: 'hand' }, b: { by: 'solve' } } })
  })

  it('makes it the own work of a learner who does it again by hand, and keeps that', () => {
    const solved = record(NO_PROGRESS, seen(['a'], { passed: true, solved: ['a'] }), FIRST)
    const byHand = record(solved, seen(['a'], { passed: true }), LATER)
    expect(byHand.labs.try).toMatchObject({ passedAt: AT_LATER, by: 'hand', tasks: { a: { by: 'hand', passedAt: AT_LATER } } })
    expect(newlyPassed(solved, byHand, 'try')).toEqual([])
    expect(record(byHand, seen(['a'], { passed: true, solved: ['a'] }), LATER).labs).toEqual(byHand.labs)
  })

  it('leaves other labs as they are', () => {
    const other = record(NO_PROGRESS, { ...seen(['x']), labId: 'other' }, FIRST)
    expect(record(other, seen(['a']), LATER).labs.other).toEqual(other.labs.other)
  })
})

describe('count', () => {
  it('counts, beginning with one, and keeps when that was last', () => {
    const twice = count(count(NO_PROGRESS, 'try', 'hints', FIRST), 'try', 'hints', FIRST)
    const counts = { tasks: {}, attempts: 1, checks: 0, hints: 2, solves: 0 }
    expect(count(twice, 'try', 'attempts', LATER).labs.try).toEqual({ ...counts, lastAt: AT_LATER })
  })
})
