import type { Lab } from '../catalog/lab.ts'
import { StatelabError } from '../errors.ts'
import type { WatchView } from '../report/watch-frame.ts'
import type { LabResult } from '../runner/result.ts'
import type { Session } from './session.ts'

/** A watched lab before the first look. */
export function emptyView({ settings }: Session, lab: Lab): WatchView {
  return {
    id: lab.id,
    title: lab.title[settings.language],
    taskTitles: new Map(lab.tasks.map(({ id, title }) => [id, title[settings.language]])),
    result: undefined,
    learned: [],
    hint: undefined,
    busy: undefined,
    keys: false,
  }
}

/** The tasks that are green now and were not before; none at the first look, which shows nothing turning green. */
export function turnedGreen(before: LabResult | undefined, after: LabResult): string[] {
  if (!before) return []
  const had = new Set(greenTasks(before))
  return greenTasks(after).filter((task) => !had.has(task))
}

export function greenTasks({ tasks }: LabResult): string[] {
  return tasks.filter(({ status }) => status === 'passed').map(({ id }) => id)
}

/** Ctrl-C is the ordinary end of watching, `--timeout` is not. */
export function wasInterrupted({ signal }: Session): boolean {
  return signal.aborted && signal.reason instanceof StatelabError && signal.reason.code === 'interrupted'
}
