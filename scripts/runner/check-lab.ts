import type { Lab, Task } from '../catalog/lab.ts'
import type { Check, Finding } from '../checks/check.ts'
import { messageOf } from '../errors.ts'
import type { Language } from '../text.ts'
import { withTimeout } from '../wait/deadline.ts'
import { checkContext, type LabContext, stepId } from './lab-context.ts'
import { assertStarted, recordPassed } from './lab-state.ts'
import type { CheckResult, LabResult, Status, TaskResult } from './result.ts'
import { inStep } from './step.ts'

export interface CheckLabOptions {
  /** Whether probes may disturb things. Without them only what the learner has done already counts. */
  readonly probes: boolean
  /** Whether a disturbance by the learner, where it can be proven, spares the probe. Default true. */
  readonly believe?: boolean
}

/** No reading takes longer, and no disturbance with its recovery: beyond it the tool could not look. */
const OBSERVE_MS = 30_000
const PROBE_MS = 300_000

/**
 * Checks the tasks of a started lab, in order. Every observation is made; a probe only once all before it is green, for
 * what is broken must not be disturbed as well. A lab that is green is recorded as passed.
 * @throws {StatelabError} `not-found` when the lab was not started; the signal's reason.
 */
export async function checkLab(lab: Lab, context: LabContext, options: CheckLabOptions): Promise<LabResult> {
  const { kube } = context.environment
  await assertStarted(kube, lab, context.signal)
  const startedAt = performance.now()
  const tasks: TaskResult[] = []
  for (const task of lab.tasks) {
    const undone = tasks.find(({ status }) => status !== 'passed')?.id
    tasks.push(await checkTask(lab, task, context, options, undone === undefined ? undefined : `waits for task ${undone}`))
  }
  const status = worst(tasks)
  if (status === 'passed') await recordPassed(kube, lab, context.signal)
  return { id: lab.id, status, durationMs: performance.now() - startedAt, tasks }
}

/**
 * Checks one task.
 * @param blockedBy why its probes must not run; its observations are made all the same.
 */
export async function checkTask(
  lab: Lab,
  task: Task,
  context: LabContext,
  options: CheckLabOptions,
  blockedBy?: string,
): Promise<TaskResult> {
  const { emit, language, parent } = context
  const id = stepId(lab, context, `check/${task.id}`)
  return inStep(emit, { id, title: task.title[language], parent }, async () => {
    const checks: CheckResult[] = []
    for (const check of task.checks) {
      const broken = checks.find(({ status }) => status !== 'passed')
      const blocked = blockedBy ?? (broken && `waits for: ${titleOf(task, broken.id, language)}`)
      checks.push(await runCheck(lab, check, { ...context, parent: id }, options, blocked))
    }
    const status = worst(checks)
    const detail = checks.find((check) => check.status === status)?.message
    return {
      value: { id: task.id, status, checks },
      outcome: OUTCOMES[status],
      ...(status !== 'passed' && detail !== undefined && { detail }),
    }
  })
}

const OUTCOMES = { passed: 'done', failed: 'failed', error: 'failed', blocked: 'skipped', skipped: 'skipped' } as const

async function runCheck(
  lab: Lab,
  check: Check,
  context: LabContext,
  options: CheckLabOptions,
  blocked: string | undefined,
): Promise<CheckResult> {
  const { emit, parent } = context
  const startedAt = performance.now()
  return inStep(emit, { id: `${parent}/${check.id}`, title: check.title[context.language], parent }, async (progress) => {
    const { status, message, evidence } = await verdictOf(lab, check, { context, options, blocked, progress })
    const value: CheckResult = { id: check.id, status, durationMs: performance.now() - startedAt, message, evidence }
    return { value, outcome: OUTCOMES[status], detail: message }
  })
}

interface Circumstances {
  readonly context: LabContext
  readonly options: CheckLabOptions
  readonly blocked: string | undefined
  readonly progress: (line: string) => void
}

type Verdict = Pick<CheckResult, 'status' | 'message' | 'evidence'>

async function verdictOf(lab: Lab, check: Check, { context, options, blocked, progress }: Circumstances): Promise<Verdict> {
  const { signal } = context
  const limited = (timeoutMs: number) => checkContext(lab, { ...context, signal: withTimeout(signal, timeoutMs) }, progress)
  try {
    if (check.kind === 'observe') return asVerdict(await check.run(limited(OBSERVE_MS)))
    if (blocked !== undefined) return { status: 'blocked', message: blocked, evidence: [] }
    const proof = (options.believe ?? true) ? await check.proven?.(limited(OBSERVE_MS)) : undefined
    if (proof) return asVerdict(proof)
    if (!options.probes) return { status: 'skipped', message: `not shown yet: ${check.title[context.language]}`, evidence: [] }
    return asVerdict(await check.run(limited(PROBE_MS)))
  } catch (error) {
    signal.throwIfAborted()
    return { status: 'error', message: messageOf(error), evidence: [] }
  }
}

function asVerdict({ met, message, evidence }: Finding): Verdict {
  return { status: met ? 'passed' : 'failed', message, evidence }
}

function titleOf(task: Task, checkId: string, language: Language): string {
  return task.checks.find(({ id }) => id === checkId)?.title[language] ?? checkId
}

const FROM_WORST: readonly Status[] = ['error', 'failed', 'blocked', 'skipped']

function worst(results: readonly { readonly status: Status }[]): Status {
  return FROM_WORST.find((status) => results.some((result) => result.status === status)) ?? 'passed'
}
