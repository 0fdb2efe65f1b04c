import type { Lab, WrongSolution } from '../catalog/lab.ts'
import { messageOf } from '../errors.ts'
import { inLanguage, type Text } from '../text.ts'
import { cleanupSignal } from '../wait/deadline.ts'
import { checkLab } from './check-lab.ts'
import { cleanLab, resetLab } from './clean-lab.ts'
import { type LabContext, stepId } from './lab-context.ts'
import { remainsOf } from './remains.ts'
import { missingRequirement } from './requirements.ts'
import type { CheckResult, LabResult, TaskResult } from './result.ts'
import { runWrong } from './run-lab.ts'
import { solveLab } from './solve-lab.ts'
import { startLab } from './start-lab.ts'
import { type Statement, statementsOf } from './statements.ts'
import { inStep } from './step.ts'

/**
 * The gate: proves that a lab's checks can be trusted. Red after the start, green after the solution, red and clean after
 * a reset, and every wrong solution refused.
 * @returns a result whose tasks are the statements; `passed` when all hold, `skipped` when the lab cannot run here.
 * @throws the signal's reason, after what the lab left has been removed.
 */
export async function proveLab(lab: Lab, context: LabContext): Promise<LabResult> {
  const { environment, signal, emit, parent, language } = context
  const id = stepId(lab, context, 'prove')
  return inStep<LabResult>(emit, { id, title: `${lab.id}: ${lab.title[language]}`, parent, language }, async () => {
    const startedAt = performance.now()
    const missing = await missingRequirement(lab, environment.kube, signal)
    if (missing) {
      const reason = inLanguage(missing, language)
      return { value: { id: lab.id, status: 'skipped', durationMs: 0, reason, tasks: [] }, outcome: 'skipped', detail: reason }
    }
    const inner = { ...context, parent: id }
    const tasks: TaskResult[] = []
    try {
      for (const statement of statementsOf(lab)) tasks.push(await proveStatement(lab, statement, inner))
    } finally {
      // Should this fail, its step says so, and the statements have said it before.
      await cleanLab(lab, { ...inner, signal: cleanupSignal() }, 'clean-after').catch(() => undefined)
    }
    const status = statusOf(tasks)
    const value = { id: lab.id, status, durationMs: performance.now() - startedAt, tasks }
    return { value, outcome: status === 'passed' ? 'done' : 'failed' }
  })
}

/**
 * Proves one statement. Those of `start`, `solution` and `reset` stand on one another; a wrong solution has a clean start
 * of its own.
 */
export async function proveStatement(lab: Lab, { id, title, claim }: Statement, context: LabContext): Promise<TaskResult> {
  const { emit, language } = context
  const step = stepId(lab, context, id)
  return inStep(emit, { id: step, title: title[language], parent: context.parent, language }, async () => {
    const inner = { ...context, parent: step }
    const startedAt = performance.now()
    const checks: CheckResult[] = []
    try {
      const prove =
        claim.kind === 'wrong' ? wrongIsRefused(lab, claim.wrong, inner) : PROOFS[claim.kind](lab, claim.variant, inner)
      checks.push(...(await prove))
    } catch (error) {
      context.signal.throwIfAborted()
      checks.push(verdict('error', 'broken', messageOf(error, language), performance.now() - startedAt))
    }
    const status = statusOf(checks)
    const broken = checks.find((check) => check.status !== 'passed')
    return {
      value: { id, status, checks },
      outcome: status === 'passed' ? 'done' : 'failed',
      ...(broken && { detail: broken.message }),
    }
  })
}

type Prove = (lab: Lab, variant: string | undefined, context: LabContext) => Promise<CheckResult[]>

const PROOFS: Readonly<Record<'start' | 'solution' | 'reset', Prove>> = {
  start: async (lab, variant, context) => {
    await cleanLab(lab, context)
    await startLab(lab, context, { variant })
    return redTasks(lab, context)
  },
  solution: async (lab, _variant, context) => {
    await solveLab(lab, context)
    const { tasks } = await checkLab(lab, context, { probes: true, believe: false })
    return tasks.flatMap(({ id, checks }) => checks.map((check) => withEvidence({ ...check, id: `${id}/${check.id}` }, context)))
  },
  reset: async (lab, _variant, context) => {
    await resetLab(lab, context)
    return [...(await redTasks(lab, context)), await nothingLeft(lab, context)]
  },
}

/** A task that is green before anything was done teaches nothing; one that cannot be looked at confuses. */
async function redTasks(lab: Lab, context: LabContext): Promise<CheckResult[]> {
  const { tasks } = await checkLab(lab, context, { probes: true })
  return tasks.map(({ id, status, checks }) => {
    const first = checks.find((check) => check.status === status) ?? checks[0]
    const durationMs = checks.reduce((total, check) => total + check.durationMs, 0)
    const isRed = status === 'failed' || status === 'blocked' || status === 'skipped'
    if (isRed) return { ...verdict('passed', id, `${id}: ${first?.message}`, durationMs), evidence: first?.evidence ?? [] }
    const why: Text =
      status === 'error'
        ? { en: `task ${id} could not be checked: ${first?.message}`, zh: `任务 ${id} 无法检查：${first?.message}` }
        : { en: `task ${id} is green, though nothing was done for it`, zh: `什么都没做，任务 ${id} 就已经通过` }
    const evidence = status === 'error' ? [] : checks.flatMap((check) => check.evidence)
    return { ...verdict(status === 'error' ? 'error' : 'failed', id, inLanguage(why, context.language), durationMs), evidence }
  })
}

function withEvidence(check: CheckResult, { language }: LabContext): CheckResult {
  if (check.status !== 'passed' || check.evidence.length > 0) return check
  const message: Text = {
    en: `it is green, but shows no evidence: ${check.message}`,
    zh: `它通过了，但没有给出证据：${check.message}`,
  }
  return { ...check, status: 'failed', message: inLanguage(message, language) }
}

async function nothingLeft(lab: Lab, context: LabContext): Promise<CheckResult> {
  const startedAt = performance.now()
  await cleanLab(lab, context, 'clean-proof')
  const left = await remainsOf(lab, context.environment, context.signal)
  const message: Text =
    left.length === 0
      ? { en: 'removed, nothing is left', zh: '已删除，什么都没有留下' }
      : { en: `still there: ${left.join(', ')}`, zh: `仍然存在：${left.join('、')}` }
  return verdict(
    left.length === 0 ? 'passed' : 'failed',
    'clean',
    inLanguage(message, context.language),
    performance.now() - startedAt,
  )
}

async function wrongIsRefused(lab: Lab, wrong: WrongSolution, context: LabContext): Promise<CheckResult[]> {
  const { refused, task } = await runWrong(lab, wrong, context)
  const durationMs = task.checks.reduce((total, check) => total + check.durationMs, 0)
  const saw = task.checks.find(({ status }) => status === task.status)
  const message: Text =
    task.status === 'passed'
      ? { en: `task ${task.id} accepts it`, zh: `任务 ${task.id} 接受了它` }
      : { en: `task ${task.id}: ${saw?.message}`, zh: `任务 ${task.id}：${saw?.message}` }
  const status = refused ? 'passed' : task.status === 'error' ? 'error' : 'failed'
  const refusal = verdict(status, 'refused', inLanguage(message, context.language), durationMs)
  return [{ ...refusal, evidence: saw?.evidence ?? [] }, await nothingLeft(lab, context)]
}

function verdict(status: CheckResult['status'], id: string, message: string, durationMs: number): CheckResult {
  return { id, status, durationMs, message, evidence: [] }
}

function statusOf(parts: readonly { readonly status: CheckResult['status'] }[]): 'passed' | 'failed' | 'error' {
  if (parts.some(({ status }) => status === 'error')) return 'error'
  return parts.every(({ status }) => status === 'passed') ? 'passed' : 'failed'
}
