import { fileOfStep } from '../catalog/lab-files.ts'
import type { Lab, SolutionStep } from '../catalog/lab.ts'
import type { Check, Finding } from '../checks/check.ts'
import { badInput } from '../errors.ts'
import { timedOut, withTimeout } from '../wait/deadline.ts'
import { prepareStep } from './carry-out-step.ts'
import { changesIn } from './changes.ts'
import { checkContext, type LabContext, namespaceOf, stepId } from './lab-context.ts'
import { assertStarted, startedVariant } from './lab-state.ts'
import { inStep } from './step.ts'

/** A step as it was carried out. */
export interface SolvedStep {
  /** The task it works on. */
  readonly task: string
  /** The command a learner types for the same, ready to paste. */
  readonly command: string
  readonly why: string
}

export interface SolveLabOptions {
  /** Stops after the steps of this task. */
  readonly to?: string
  /** Called before each step; the step waits for it. Rejects to stop. */
  readonly beforeStep?: (step: SolvedStep) => Promise<void>
}

/**
 * Carries out the solution of a started lab, step by step.
 * @throws {StatelabError} `not-found` when the lab was not started, `bad-input` for an unknown task, `timed-out` with
 *   what was seen when a step does not have its effect, `operation-failed` when its command fails.
 */
export async function solveLab(lab: Lab, context: LabContext, options: SolveLabOptions = {}): Promise<SolvedStep[]> {
  await assertStarted(context.environment.kube, lab, context.signal)
  return carryOut(lab, stepsTo(lab, options.to), 'solution', context, options.beforeStep)
}

/** Carries out steps whose files are in the given folder; those of another variant than the started one are left out. */
export async function carryOut(
  lab: Lab,
  steps: readonly SolutionStep[],
  from: 'solution' | 'wrong',
  context: LabContext,
  beforeStep: (step: SolvedStep) => Promise<void> = async () => {},
): Promise<SolvedStep[]> {
  const solved: SolvedStep[] = []
  const started = lab.variants && (await startedVariant(context.environment.kube, lab, context.signal))
  const wanted = steps.filter(({ variant }) => variant === undefined || variant === started)
  let task = lab.tasks[0]?.id ?? ''
  for (const [index, step] of wanted.entries()) {
    task = step.task ?? task
    const file = 'apply' in step ? await fileOfStep(lab, step.apply, from) : ''
    const prepared = await prepareStep(lab, step, file, context)
    const shown = { task, command: prepared.command, why: step.why[context.language] }
    await beforeStep(shown)
    const id = stepId(lab, context, `${from}/${index + 1}`)
    await inStep(
      context.emit,
      { id, title: shown.command, parent: context.parent, language: context.language },
      async (progress) => {
        await prepared.carryOut()
        if (step.until) await untilMet(lab, step.until, context, progress)
        return { value: undefined, detail: shown.why }
      },
    )
    solved.push(shown)
  }
  return solved
}

/** @throws {StatelabError} `bad-input` for a task that the lab does not have. */
export function assertTask(lab: Lab, task: string): void {
  const ids = lab.tasks.map(({ id }) => id)
  if (ids.includes(task)) return
  const name = JSON.stringify(task)
  throw badInput(
    { en: `lab ${lab.id} has no task ${name}`, zh: `实验 ${lab.id} 没有任务 ${name}` },
    { en: `its tasks: ${ids.join(', ')}`, zh: `它的任务：${ids.join('、')}` },
  )
}

function stepsTo(lab: Lab, to: string | undefined): readonly SolutionStep[] {
  if (to === undefined) return lab.solution
  assertTask(lab, to)
  const order = lab.tasks.map(({ id }) => id)
  const last = order.indexOf(to)
  let current = order[0] ?? ''
  return lab.solution.filter((step) => {
    current = step.task ?? current
    return order.indexOf(current) <= last
  })
}

const EFFECT_MS = 120_000
const IDLE_MS = 500

/** Looks again after each change in the namespace, until the step has had its effect. */
async function untilMet(lab: Lab, check: Check, context: LabContext, progress: (line: string) => void): Promise<void> {
  const { kube } = context.environment
  const limit = withTimeout(context.signal, EFFECT_MS)
  let last: Finding | undefined
  try {
    for await (const _change of changesIn(kube, namespaceOf(lab), { idleMs: IDLE_MS, signal: limit })) {
      last = await check.run(checkContext(lab, { ...context, signal: limit }, progress))
      if (last.met) return
      progress(last.message)
    }
  } catch (error) {
    if (!limit.aborted) throw error
  }
  context.signal.throwIfAborted()
  throw timedOut(check.title, EFFECT_MS, last?.message ?? '-')
}
