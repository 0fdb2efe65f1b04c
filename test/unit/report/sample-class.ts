import type { ClassReport } from '../../../scripts/report/class-report.ts'

/** One who passed a lab each way, one who is stuck, one who has not begun. */
export const CLASS: ClassReport = {
  total: 35,
  learners: [
    {
      name: 'anna',
      ...{ passed: 2, byHand: 1, withSolve: 1, hints: 3, attempts: 4 },
      lastActivityAt: '2026-11-21T08:00:00.000Z',
      labs: { quota: 'hand', jobs: 'solve' },
    },
    {
      name: 'ben',
      ...{ passed: 0, byHand: 0, withSolve: 0, hints: 5, attempts: 1 },
      lastActivityAt: '2026-11-21T09:00:00.000Z',
      labs: { quota: 'started' },
    },
    { name: '陈晓明', passed: 0, byHand: 0, withSolve: 0, hints: 0, attempts: 0, labs: {} },
  ],
  labs: [
    { id: 'quota', passed: 1, byHand: 1, started: 1 },
    { id: 'jobs', passed: 1, byHand: 0, started: 0 },
  ],
  otherLabs: [],
}
