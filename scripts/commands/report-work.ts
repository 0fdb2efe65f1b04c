import type { LabResult } from '../runner/result.ts'
import type { LabWork } from './engine.ts'
import { workInEnvironment } from './need-environment.ts'
import { answerReport, reportOf, type Titled } from './report-answer.ts'
import { kubernetesVersion, parseReportTargets, writeReports } from './report-files.ts'
import type { Session } from './session.ts'
import type { Input } from './verb.ts'

export interface ReportWorkOptions {
  /** The labs that are worked on: they give the titles. */
  readonly labs: readonly Titled[]
  /** As for `Session.work`. */
  readonly passing?: boolean
}

/**
 * Works on labs in an environment, which is made when there is none; then writes the reports that `--report` asks for,
 * and answers.
 * @returns the exit code: 1 when a lab has failed.
 * @throws {StatelabError} `bad-input` for a report that could not be written, before anything is touched.
 */
export async function reportWork(
  session: Session,
  input: Pick<Input, 'options'>,
  { labs, passing = false }: ReportWorkOptions,
  run: (work: LabWork) => Promise<readonly LabResult[]>,
): Promise<number> {
  const targets = parseReportTargets(input, session)
  let startedAt = new Date()
  const results = await workInEnvironment(
    session,
    (work) => {
      startedAt = new Date()
      return run(work)
    },
    { passing },
  )
  const duration = { startedAt, durationMs: Date.now() - startedAt.getTime() }
  const kubernetes = targets.length > 0 ? await kubernetesVersion(session) : undefined
  const report = reportOf(session, results, { ...duration, kubernetes })
  await writeReports(report, targets, session, labs)
  return answerReport(session, report, labs)
}
