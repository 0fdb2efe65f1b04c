import type { Lab } from '../catalog/lab.ts'
import { changedLines } from '../report/watch-lines.ts'
import type { LabResult } from '../runner/result.ts'
import { tellLearned } from './congratulate.ts'
import { recordResult } from './learner-progress.ts'
import type { Session } from './session.ts'
import { emptyView, turnedGreen } from './watch-view.ts'

/**
 * Watches a lab where nothing can be drawn in place: appends what has changed.
 * @returns what was seen last.
 */
export async function watchInLines(session: Session, lab: Lab): Promise<LabResult | undefined> {
  const { engine, settings, signal, io, style, t } = session
  const { taskTitles } = emptyView(session, lab)
  let last: LabResult | undefined
  const work = { emit: () => {}, signal, language: settings.language }
  for await (const result of engine.watchLab(settings.environment, lab, work)) {
    // Under `-o json` stdout carries the one answer.
    const out = settings.output === 'json' ? session.say : (text: string): void => io.stdout.write(`${text}\n`)
    for (const line of changedLines(last, result, { style, taskTitles })) out(line)
    const news = turnedGreen(last, result)
    if (!last || news.length > 0) await recordResult(session, lab, result)
    tellLearned(session, lab, news)
    if (!last && result.status !== 'passed') session.say(t('watch.waiting'))
    last = result
    if (result.status === 'passed') break
  }
  return last
}
