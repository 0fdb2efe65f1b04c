import { renderResults } from '../report/results.ts'
import type { LabResult, RunReport } from '../runner/result.ts'
import type { Text } from '../text.ts'
import type { Session } from './session.ts'

/** What a report is about, as far as it has a title: labs and their tasks. */
export interface Titled {
  readonly id: string
  readonly title: Text
  readonly tasks: readonly { readonly id: string; readonly title: Text }[]
}

/** When the work on the labs began, how long it took, and in what it was done. */
export interface Circumstances {
  readonly startedAt: Date
  readonly durationMs: number
  readonly kubernetes?: string | undefined
}

/** @param circumstances default: the labs were worked on one after the other, until now. */
export function reportOf(
  session: Session,
  labs: readonly LabResult[],
  { startedAt, durationMs, kubernetes }: Circumstances = justNow(labs),
): RunReport {
  const count = (...statuses: LabResult['status'][]): number => labs.filter(({ status }) => statuses.includes(status)).length
  return {
    schema: 1,
    environment: session.settings.environment.name,
    ...(kubernetes !== undefined && { kubernetes }),
    startedAt: startedAt.toISOString(),
    durationMs,
    labs,
    passed: count('passed'),
    failed: count('failed', 'error', 'blocked'),
    skipped: count('skipped'),
  }
}

function justNow(labs: readonly LabResult[]): Circumstances {
  const sumMs = labs.reduce((total, { durationMs }) => total + durationMs, 0)
  return { startedAt: new Date(Date.now() - sumMs), durationMs: sumMs }
}

/**
 * Writes the report of `check`, `run` and `demo` as the answer.
 * @returns the exit code: 1 when a lab has failed.
 */
export function answerReport(session: Session, report: RunReport, labs: readonly Titled[]): number {
  const { t, style } = session
  session.answer(report, () => renderResults(report, { t, style, title: titlesOf(session, labs) }))
  return report.failed === 0 ? 0 : 1
}

/** Finds the title of a lab, or of one of its tasks, in the reader's language: results carry ids only. */
export function titlesOf({ settings }: Session, labs: readonly Titled[]): (labId: string, taskId?: string) => string | undefined {
  return (labId, taskId) => {
    const lab = labs.find(({ id }) => id === labId)
    const titled = taskId === undefined ? lab : lab?.tasks.find(({ id }) => id === taskId)
    return titled?.title[settings.language]
  }
}
