import type { Lab } from '../catalog/lab.ts'
import type { LabProgress } from '../progress/progress.ts'
import { renderTable } from '../report/table.ts'
import { loadLabs } from './labs.ts'
import { loadProgress } from './learner-progress.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

/** What the learner has done so far, in any environment: to look at, and to hand in. */
export const report: Verb = {
  usage: 'report',
  group: 'group.labs',
  summary: 'help.report',
  examples: ['statelab report', 'statelab report -o json > progress.json'],
  run: async (session) => {
    const [labs, progress] = await Promise.all([loadLabs(session), loadProgress(session)])
    session.answer(progress, () => describe(labs, progress.labs, session))
    return 0
  },
}

function describe(labs: readonly Lab[], done: Readonly<Record<string, LabProgress>>, { t, style }: Session): string {
  const touched = labs.flatMap((lab) => {
    const progress = done[lab.id]
    return progress ? [{ lab, progress }] : []
  })
  if (touched.length === 0) return `${t('report.nothing')}\n`
  const head = [
    ...[t('list.lab'), t('report.tasks'), t('report.passed'), t('report.how')],
    ...[t('report.attempts'), t('report.checks'), t('report.hints'), t('report.solves')],
  ]
  const rows = touched.map(({ lab, progress }) => row(lab, progress, { t, style }))
  const passed = touched.filter(({ progress }) => progress.passedAt !== undefined)
  const byHand = passed.filter(({ progress }) => progress.by === 'hand')
  const total = t('report.total', { passed: passed.length, labs: labs.length, byHand: byHand.length })
  return `${renderTable(head, rows, style)}\n\n${total}\n`
}

function row(lab: Lab, progress: LabProgress, { t, style }: Pick<Session, 't' | 'style'>): string[] {
  const { passedAt, by, attempts, checks, hints, solves } = progress
  const green = lab.tasks.filter(({ id }) => progress.tasks[id]).length
  const how = by === undefined ? '-' : by === 'hand' ? t('report.byHand') : t('report.bySolve')
  return [
    lab.id,
    `${green}/${lab.tasks.length}`,
    passedAt === undefined ? '-' : style('green', localDate(passedAt)),
    how,
    ...[attempts, checks, hints, solves].map(String),
  ]
}

/** The learner's own day and time, as `2026-11-21 08:15`. */
function localDate(at: string): string {
  return new Date(at).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
}
