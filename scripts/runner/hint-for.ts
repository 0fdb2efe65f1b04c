import type { Hint, Lab, Task } from '../catalog/lab.ts'
import { checkLab } from './check-lab.ts'
import { checkContext, type LabContext } from './lab-context.ts'

/**
 * The hint for the first task that is not green: the first whose condition is met, else the first general one.
 * @returns `undefined` when every task is green.
 * @throws {StatelabError} `not-found` when the lab was not started.
 */
export async function hintFor(lab: Lab, context: LabContext): Promise<Hint | undefined> {
  const { tasks } = await checkLab(lab, { ...context, emit: () => {} }, { probes: false })
  const open = tasks.find(({ status }) => status !== 'passed')
  const task = lab.tasks.find(({ id }) => id === open?.id)
  return task && fittingHint(lab, task, context)
}

async function fittingHint(lab: Lab, { hints }: Task, context: LabContext): Promise<Hint | undefined> {
  for (const hint of hints) {
    if (hint.when && (await hint.when.run(checkContext(lab, context))).met) return hint
  }
  return hints.find(({ when }) => when === undefined)
}
