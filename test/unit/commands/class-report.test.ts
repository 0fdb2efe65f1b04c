import { describe, expect, it } from 'vitest'
import { classReport } from '../../../scripts/commands/class-report.ts'
import type { LabProgress, Progress } from '../../../scripts/progress/progress.ts'

const COURSE = ['first', 'second', 'third']
const AT = '2026-11-21T08:00:00.000Z'
const LATER = '2026-11-21T09:00:00.000Z'

function done(labs: Record<string, Partial<LabProgress>>): Progress {
  const counts = { tasks: {}, attempts: 1, checks: 0, hints: 2, solves: 0 }
  return { schema: 1, labs: Object.fromEntries(Object.entries(labs).map(([id, lab]) => [id, { ...counts, ...lab }])) }
}

describe('classReport', () => {
  it('counts for each learner what was passed, and how', () => {
    const progress = done({ first: { passedAt: AT, by: 'hand' }, second: { passedAt: AT, by: 'solve' }, third: {} })
    const [anna] = classReport(COURSE, [{ name: 'anna', progress }]).learners
    expect(anna).toMatchObject({ name: 'anna', passed: 2, byHand: 1, withSolve: 1, hints: 6, attempts: 3 })
    expect(anna?.labs).toEqual({ first: 'hand', second: 'solve', third: 'started' })
  })

  it.each([
    ['a command', { lastAt: LATER, passedAt: AT }],
    ['a passed lab', { lastAt: AT, passedAt: LATER }],
    ['a green task', { lastAt: AT, tasks: { a: { passedAt: LATER, by: 'hand' as const } } }],
  ])('has %s for the last activity where that was last', (_what, lab) => {
    const [learner] = classReport(COURSE, [{ name: 'anna', progress: done({ first: lab }) }]).learners
    expect(learner?.lastActivityAt).toBe(LATER)
  })

  it('knows no last activity of those who did nothing, and none where an older version wrote no time', () => {
    const learners = ['anna', 'ben'].map((name) => ({ name, progress: done(name === 'anna' ? {} : { first: {} }) }))
    expect(classReport(COURSE, learners).learners.map(({ lastActivityAt }) => lastActivityAt)).toEqual([undefined, undefined])
  })

  it('counts for each lab who passed it and who only started it, in the order of the course', () => {
    const learners = [
      { name: 'anna', progress: done({ third: { passedAt: AT, by: 'solve' }, first: {} }) },
      { name: 'ben', progress: done({ third: { passedAt: AT, by: 'hand' } }) },
    ]
    expect(classReport(COURSE, learners).labs).toEqual([
      { id: 'first', passed: 0, byHand: 0, started: 1 },
      { id: 'third', passed: 2, byHand: 1, started: 0 },
    ])
  })

  it('counts labs nowhere that the course does not have, but names them, without what a terminal would obey', () => {
    const progress = done({ 'evil\u001B[31m\nlab': { passedAt: AT, by: 'hand' }, another: {} })
    const report = classReport(COURSE, [{ name: 'anna', progress }])
    expect(report).toMatchObject({ total: 3, labs: [], otherLabs: ['another', 'evil lab'] })
    expect(report.learners[0]).toMatchObject({ passed: 0, attempts: 0, labs: {} })
  })
})
