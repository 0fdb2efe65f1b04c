import type { Lab } from '../catalog/lab.ts'
import { renderResults } from '../report/results.ts'
import type { LabResult, RunReport } from '../runner/result.ts'
import type { Session } from './session.ts'

export function reportOf(session: Session, labs: readonly LabResult[]): RunReport {
  const failed = labs.filter((lab) => lab.status === 'failed' || lab.status === 'error' || lab.status === 'blocked').length
  const passed = labs.filter((lab) => lab.status === 'passed').length
  return { schema: 1, environment: session.settings.environment.name, labs, passed, failed }
}

/**
 * Writes the report of `check`, `run` and `demo` as the answer.
 * @returns the exit code: 1 when a lab has failed.
 */
export function answerReport(session: Session, report: RunReport, labs: readonly Lab[]): number {
  const { t, style, settings } = session
  const title = (labId: string, taskId?: string): string | undefined => {
    const lab = labs.find(({ id }) => id === labId)
    const titled = taskId === undefined ? lab : lab?.tasks.find(({ id }) => id === taskId)
    return titled?.title[settings.language]
  }
  session.answer(report, () => renderResults(report, { t, style, title }))
  return report.failed === 0 ? 0 : 1
}
