import type { PlainKey, Translate } from '../messages/translate.ts'
import type { ClassReport, LearnerSum } from './class-report.ts'
import { localDate } from './local-date.ts'
import type { Style } from './style.ts'
import { renderTable } from './table.ts'

/** The report of a class on a terminal: a line per learner, and below it a line per lab that anybody has started. */
export function renderClass(report: ClassReport, { t, style }: { readonly t: Translate; readonly style: Style }): string {
  const { learners, labs, total, otherLabs } = report
  const head = (...keys: PlainKey[]): string[] => keys.map((key) => t(key).toUpperCase())
  const byLearner = renderTable(
    head(...LEARNER_HEAD),
    learners.map((learner) => learnerRow(learner, total)),
    style,
  )
  const byLab = renderTable(
    head('html.lab', 'class.passed', 'class.byHand', 'class.started'),
    labs.map(({ id, passed, byHand, started }) => [id, `${passed}/${learners.length}`, `${byHand}`, `${started}`]),
    style,
  )
  const others = otherLabs.length > 0 ? `\n${t('class.others', { labs: otherLabs.join(', ') })}\n` : ''
  return `${byLearner}\n\n${labs.length > 0 ? byLab : t('class.nothing')}\n${others}`
}

/** The columns of a learner's numbers, as every report has them. */
export const LEARNER_HEAD = [
  ...(['class.learner', 'class.passed', 'class.byHand', 'class.withSolve'] as const),
  ...(['class.hints', 'class.attempts', 'class.lastActivity'] as const),
] as const

/** One learner under `LEARNER_HEAD`. */
export function learnerRow(learner: LearnerSum, total: number): string[] {
  const { name, passed, byHand, withSolve, hints, attempts, lastActivityAt } = learner
  const last = lastActivityAt === undefined ? '-' : localDate(lastActivityAt)
  return [name, `${passed}/${total}`, ...[byHand, withSolve, hints, attempts].map(String), last]
}
