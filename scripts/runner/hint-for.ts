import type { Hint, Lab, Task } from '../catalog/lab.ts'
import type { Check } from '../checks/check.ts'
import { withTimeout } from '../wait/deadline.ts'
import { checkLab } from './check-lab.ts'
import { checkContext, type LabContext } from './lab-context.ts'
import { provenTasks } from './lab-state.ts'
import type { TaskResult } from './result.ts'

/** What can be told about the first task that is not green. */
export interface FittingHints {
  readonly task: string
  /** The first whose condition is met now, then the general ones. */
  readonly hints: readonly Hint[]
}

/**
 * The hints for the first task that is not green, the most fitting first. What a probe has shown since the lab was started
 * counts, as long as nothing that can be looked at speaks against it.
 * @returns `undefined` when every task is green.
 * @throws {StatelabError} `not-found` when the lab was not started.
 */
export async function hintsFor(lab: Lab, context: LabContext): Promise<FittingHints | undefined> {
  const { tasks } = await checkLab(lab, { ...context, emit: () => {} }, { probes: false })
  const proven = await provenTasks(context.environment.kube, lab, context.signal)
  const open = tasks.find((task) => task.status !== 'passed' && !(proven.includes(task.id) && onlyProbesAreMissing(task)))
  const task = lab.tasks.find(({ id }) => id === open?.id)
  return task && { task: task.id, hints: await fittingHints(lab, task, context) }
}

/** Nothing that can be looked at speaks against what a probe has shown before. */
function onlyProbesAreMissing({ checks }: TaskResult): boolean {
  return checks.every(({ status }) => status === 'passed' || status === 'skipped' || status === 'blocked')
}

/** The first of `hintsFor`. */
export async function hintFor(lab: Lab, context: LabContext): Promise<Hint | undefined> {
  return (await hintsFor(lab, context))?.hints[0]
}

/** Later conditions build on the earlier ones not being met: they mean nothing once one is. */
async function fittingHints(lab: Lab, { hints }: Task, context: LabContext): Promise<Hint[]> {
  const general = hints.filter(({ when }) => when === undefined)
  for (const hint of hints) {
    if (hint.when && (await isMet(lab, hint.when, context))) return [hint, ...general]
  }
  return general
}

const LOOK_MS = 10_000

/** What cannot be looked at does not fit: there is nothing yet to give that hint for. */
async function isMet(lab: Lab, when: Check, context: LabContext): Promise<boolean> {
  try {
    return (await when.run(checkContext(lab, { ...context, signal: withTimeout(context.signal, LOOK_MS) }))).met
  } catch {
    context.signal.throwIfAborted()
    return false
  }
}
