import type { Lab } from '../catalog/lab.ts'
import { count } from '../progress/progress.ts'
import { renderTasks } from '../report/watch-frame.ts'
import type { LabResult } from '../runner/result.ts'
import { congratulate } from './congratulate.ts'
import { saveProgress } from './learner-progress.ts'
import { needEnvironment } from './need-environment.ts'
import { reportOf } from './report-answer.ts'
import { kubernetesVersion, parseReportTargets, writeReports } from './report-files.ts'
import { drawableTerminal, type Session } from './session.ts'
import type { Input } from './verb.ts'
import { emptyView, wasInterrupted } from './watch-view.ts'
import { watchInPlace } from './watch-in-place.ts'
import { watchInLines } from './watch-in-lines.ts'

/**
 * Shows the tasks of a lab as they change, until all are green or the learner has had enough.
 * @returns 0 when all are green, 130 after Ctrl-C, else 1.
 */
export async function watch(session: Session, lab: Lab, input: Input): Promise<number> {
  const { t, style, io, settings } = session
  const targets = parseReportTargets(input, session)
  await session.work((emit, signal) => needEnvironment(session, { emit, signal }))
  await saveProgress(session, (progress) => count(progress, lab.id, 'checks'))

  const terminal = settings.quiet ? undefined : drawableTerminal(io)
  const watching = terminal ? watchInPlace(session, lab, terminal) : watchInLines(session, lab)
  const result = await watching.catch((error: unknown) => {
    if (wasInterrupted(session)) return undefined
    throw error
  })
  if (wasInterrupted(session)) return 130
  session.signal.throwIfAborted()
  if (result) await answer(result)
  if (result?.status !== 'passed') return 1
  await congratulate(session, lab)
  return 0

  async function answer(seen: LabResult): Promise<void> {
    const kubernetes = targets.length > 0 ? await kubernetesVersion(session) : undefined
    const report = { ...reportOf(session, [seen]), ...(kubernetes !== undefined && { kubernetes }) }
    await writeReports(report, targets, session, [lab])
    session.answer(report, () => {
      const columns = io.stdout.columns ?? Number.POSITIVE_INFINITY
      return terminal ? `${renderTasks({ ...emptyView(session, lab), result: seen }, { t, style, columns }).join('\n')}\n` : ''
    })
  }
}
