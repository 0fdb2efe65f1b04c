import { stateFolder } from '../environment.ts'
import { messageOf } from '../errors.ts'
import type { Lab } from '../catalog/lab.ts'
import { newlyPassed, NO_PROGRESS, type Progress, record } from '../progress/progress.ts'
import { type LoadedProgress, readProgress, updateProgress } from '../progress/progress-file.ts'
import type { LabResult } from '../runner/result.ts'
import { inLanguage } from '../text.ts'
import type { Session } from './session.ts'

/** The learner's progress. What is wrong with its file is said; it counts as empty then. */
export async function loadProgress(session: Session): Promise<Progress> {
  const loaded = await orNothing(session, () => readProgress(stateFolder(session.io.env)))
  return loaded?.progress ?? NO_PROGRESS
}

/**
 * Changes the learner's progress. That it cannot be written is said and no more: what the command has done, and its
 * verdict, do not depend on it.
 */
export async function saveProgress(
  session: Session,
  change: (progress: Progress) => Progress,
): Promise<{ readonly before: Progress; readonly after: Progress } | undefined> {
  const saved = await orNothing(session, () => updateProgress(stateFolder(session.io.env), change, session.signal))
  return saved && { before: saved.before, after: saved.progress }
}

async function orNothing<T extends LoadedProgress>(session: Session, touch: () => Promise<T>): Promise<T | undefined> {
  const { settings, signal, noticeStyle } = session
  const warn = (text: string): void => session.say(noticeStyle('yellow', `⚠ ${text}`))
  try {
    const loaded = await touch()
    if (loaded.problem) warn(inLanguage(loaded.problem, settings.language))
    return loaded
  } catch (error) {
    signal.throwIfAborted()
    warn(messageOf(error, settings.language))
    return undefined
  }
}

/**
 * Writes down which tasks are green, and by whom.
 * @returns the tasks that had never been green before.
 */
export async function recordResult(session: Session, lab: Lab, { status, tasks }: LabResult): Promise<string[]> {
  const { engine, settings, signal } = session
  const green = tasks.filter((task) => task.status === 'passed').map(({ id }) => id)
  if (green.length === 0) return []
  const solved = await engine.solvedTasks(settings.environment, lab, signal)
  const seen = { labId: lab.id, green, passed: status === 'passed', solved }
  const saved = await saveProgress(session, (progress) => record(progress, seen, new Date()))
  return saved ? newlyPassed(saved.before, saved.after, lab.id) : []
}
