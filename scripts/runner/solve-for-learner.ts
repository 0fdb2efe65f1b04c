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
      if (!own.includes(step.task)) await recordSolved(environment.kube, lab, step.task, signal)
    },
  })
}
