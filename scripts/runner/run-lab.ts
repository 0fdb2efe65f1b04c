import type { Lab, WrongSolution } from '../catalog/lab.ts'
import { messageOf } from '../errors.ts'
import { checkLab, type CheckLabOptions, checkTask } from './check-lab.ts'
import { cleanLab } from './clean-lab.ts'
import { type LabContext, stepId } from './lab-context.ts'
import { missingRequirement } from './requirements.ts'
import type { LabResult, TaskResult } from './result.ts'
import { carryOut, solveLab } from './solve-lab.ts'
import { startLab } from './start-lab.ts'
import { inStep } from './step.ts'
import { inLanguage } from '../text.ts'

export interface RunLabOptions extends Partial<CheckLabOptions> {
  /** What is left afterwards: nothing, or the solved lab to look at. Default `nothing`. */
  readonly leave?: 'nothing' | 'solved'
  /** One of the lab's variants. Default: the first, so that every run gives the same verdict. */
  readonly variant?: string | undefined
}

/**
 * Runs a lab unattended: from a clean start, solve, check. The verdict does not depend on what was there before. A
 * lab that this environment cannot run is skipped, and says why.
 */
export async function runLab(lab: Lab, context: LabContext, options: RunLabOptions = {}): Promise<LabResult> {
  const { environment, signal, emit, parent, language } = context
  const { leave = 'nothing', probes = true, believe = true, variant = lab.variants?.[0] } = options
  const id = stepId(lab, context, 'run')
  return inStep<LabResult>(emit, { id, title: `${lab.id}: ${lab.title[language]}`, parent, language }, async () => {
    const startedAt = performance.now()
    const missing = await missingRequirement(lab, environment.kube, signal)
    const reason = missing && inLanguage(missing, language)
    if (reason !== undefined)
      return { value: { id: lab.id, status: 'skipped', durationMs: 0, reason, tasks: [] }, outcome: 'skipped', detail: reason }
    const inner = { ...context, parent: id }
    await cleanLab(lab, inner)
    await startLab(lab, inner, { variant })
    const result = await solveAndCheck(lab, inner, { probes, believe })
    const left = leave === 'nothing' ? await cleanAfter(lab, inner) : {}
    const value = { ...result, ...left, ...(variant !== undefined && { variant }), durationMs: performance.now() - startedAt }
    return { value, outcome: value.status === 'passed' ? 'done' : 'failed' }
  })
}

/** A lab that cannot be removed has failed, but what its checks found is told all the same. */
async function cleanAfter(lab: Lab, context: LabContext): Promise<Partial<LabResult>> {
  try {
    await cleanLab(lab, context, 'clean-after')
    return {}
  } catch (error) {
    context.signal.throwIfAborted()
    return { status: 'error', reason: messageOf(error, context.language) }
  }
}

/** A solution that fails is a failed lab, not a failed run: the checks still say what is there. */
async function solveAndCheck(lab: Lab, context: LabContext, options: CheckLabOptions): Promise<LabResult> {
  try {
    await solveLab(lab, context)
    return await checkLab(lab, context, options)
  } catch (error) {
    context.signal.throwIfAborted()
    const { tasks, ...result } = await checkLab(lab, context, { ...options, probes: false })
    return { ...result, status: 'error', tasks: [failedSolution(messageOf(error, context.language)), ...tasks] }
  }
}

function failedSolution(message: string): TaskResult {
  return {
    id: 'solve',
    status: 'error',
    checks: [{ id: 'solve', status: 'error', durationMs: 0, message, evidence: [] }],
  }
}

/** What became of a wrong solution. */
export interface WrongResult {
  readonly id: string
  /** True when the task that should refuse it did. */
  readonly refused: boolean
  readonly task: TaskResult
}

/**
 * Runs a wrong solution from a clean start. The task that must refuse it is checked as if all before it were green, so
 * that its own checks have to see the fault.
 */
export async function runWrong(lab: Lab, wrong: WrongSolution, context: LabContext): Promise<WrongResult> {
  const task = lab.tasks.find(({ id }) => id === wrong.refusedBy)
  if (!task) throw new Error(`lab ${lab.id} has no task ${wrong.refusedBy}`)
  const id = stepId(lab, context, `wrong/${wrong.id}`)
  return inStep(context.emit, { id, title: `${lab.id}, wrong: ${wrong.id}`, parent: context.parent }, async () => {
    const inner = { ...context, parent: id }
    await cleanLab(lab, inner)
    await startLab(lab, inner, { variant: wrong.variant })
    await carryOut(lab, wrong.steps, 'wrong', inner)
    const result = await checkTask(lab, task, inner, { probes: true, believe: false })
    const refused = result.status === 'failed'
    return { value: { id: wrong.id, refused, task: result }, outcome: refused ? 'done' : 'failed' }
  })
}
