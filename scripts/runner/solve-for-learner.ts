import type { Lab } from '../catalog/lab.ts'
import { checkLab } from './check-lab.ts'
import type { LabContext } from './lab-context.ts'
import { recordSolved } from './lab-state.ts'
import type { LabResult } from './result.ts'
import { type SolvedStep, solveLab, type SolveLabOptions } from './solve-lab.ts'

export interface SolveForLearnerOptions extends SolveLabOptions {
  /** Told what was green before anything is done. */
  readonly onLook?: (before: LabResult) => Promise<void>
}

/**
 * Solves a lab that a learner has begun. What is green before stays their own work; every other task is marked as solved
 * before anything is done for it.
 * @throws {StatelabError} as `solveLab`.
 */
export async function solveForLearner(
  lab: Lab,
  context: LabContext,
  { to, beforeStep, onLook }: SolveForLearnerOptions = {},
): Promise<readonly SolvedStep[]> {
  const { environment, signal } = context
  const before = await checkLab(lab, { ...context, emit: () => {} }, { probes: false })
  await onLook?.(before)
  const own = before.tasks.filter(({ status }) => status === 'passed').map(({ id }) => id)
  return solveLab(lab, context, {
    ...(to !== undefined && { to }),
    beforeStep: async (step) => {
      await beforeStep?.(step)
      for (const task of reachedBy(step.task, lab)) {
        if (!own.includes(task)) await recordSolved(environment.kube, lab, task, signal)
      }
    },
  })
}

/** A task without steps of its own turns green by those of the task before it. */
function reachedBy(task: string, { tasks, solution }: Lab): string[] {
  const after = tasks.slice(tasks.findIndex(({ id }) => id === task) + 1).map(({ id }) => id)
  const withSteps = new Set(solution.map((step) => step.task))
  const next = after.findIndex((id) => withSteps.has(id))
  return [task, ...after.slice(0, next < 0 ? undefined : next)]
}
