import type { LabResult, TaskResult } from '../runner/result.ts'
import { printable } from './printable.ts'
import { mark } from './results.ts'
import type { Style } from './style.ts'

export interface WatchLinesOptions {
  readonly style: Style
  readonly taskTitles: ReadonlyMap<string, string>
}

/** What has changed for a learner since the result before, one line each: for where nothing can be drawn in place. */
export function changedLines(before: LabResult | undefined, after: LabResult, options: WatchLinesOptions): string[] {
  const facesBefore = new Map(before?.tasks.map((task) => [task.id, faceOf(task, before)]))
  return after.tasks
    .filter((task) => {
      const face = faceOf(task, after)
      return face !== facesBefore.get(task.id) && (face !== LATER || facesBefore.get(task.id) === GREEN)
    })
    .map((task) => line(task, after, options))
}

const GREEN = 'green'
const LATER = 'later'

/** What is to be seen of a task: why it is not green matters only where the learner is. */
function faceOf(task: TaskResult, lab: LabResult): string {
  if (task.status === 'passed') return GREEN
  return task === openTask(lab) ? `${task.status}: ${messageOf(task)}` : LATER
}

function line(task: TaskResult, lab: LabResult, { style, taskTitles }: WatchLinesOptions): string {
  const text = task === openTask(lab) ? messageOf(task) : (taskTitles.get(task.id) ?? '')
  return `${mark(task.status, style)} ${task.id}: ${text}`
}

function openTask({ tasks }: LabResult): TaskResult | undefined {
  return tasks.find(({ status }) => status !== 'passed')
}

function messageOf({ checks }: TaskResult): string {
  const message = checks.find(({ status }) => status !== 'passed')?.message ?? ''
  return printable(message).replaceAll(/\s*\n\s*/g, ' ')
}
