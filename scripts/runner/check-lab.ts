import type { Lab, Task } from '../catalog/lab.ts'
import type { Check, Finding } from '../checks/check.ts'
import { messageOf } from '../errors.ts'
import { inLanguage } from '../text.ts'
import { withTimeout } from '../wait/deadline.ts'
import { checkContext, type LabContext, stepId } from './lab-context.ts'
import { assertStarted, recordPassed, recordProven } from './lab-state.ts'
import type { CheckResult, LabResult, Status, TaskResult } from './result.ts'
import { inStep } from './step.ts'

export interface CheckLabOptions {
  /** Whether probes may disturb things. Without them only what the learner has done already counts. */
  readonly probes: boolean
  /** Whether a disturbance by the learner, where it can be proven, spares the probe. Default true. */
  readonly believe?: boolean
  /** What probes have shown before, by `shownKey`: it stands for as long as everything before them is green. */
  readonly shown?: ReadonlyMap<string, CheckResult>
}

/** Names one check of a lab. */
export function shownKey(taskId: string, checkId: string): string {
  return `${taskId}/${checkId}`
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
    tasks.push(await checkTask(lab, task, context, options, undone && waitsForTask(undone, context)))
  }
  const status = worst(tasks)
  if (status === 'passed') await recordPassed(kube, lab, context.signal)
  if (options.probes) await recordProven(kube, lab, probedAndPassed(lab, tasks), context.signal)
  return { id: lab.id, status, durationMs: performance.now() - startedAt, tasks }
}

function probedAndPassed(lab: Lab, results: readonly TaskResult[]): string[] {
  const hasProbe = (id: string): boolean =>
    lab.tasks.some((task) => task.id === id && task.checks.some(({ kind }) => kind === 'probe'))
  return results.filter(({ id, status }) => status === 'passed' && hasProbe(id)).map(({ id }) => id)
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
      const blocked = blockedBy ?? (broken && waitsForCheck(task, broken.id, context))
      const shown = options.shown?.get(shownKey(task.id, check.id))
      checks.push(
        shown && blocked === undefined ? shown : await runCheck(lab, check, { ...context, parent: id }, options, blocked),
      )
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
    if (!options.probes) return { status: 'skipped', message: notShownYet(check, context), evidence: [] }
    return asVerdict(await check.run(limited(PROBE_MS)))
  } catch (error) {
    signal.throwIfAborted()
    return { status: 'error', message: messageOf(error, context.language), evidence: [] }
  }
}

function asVerdict({ met, message, evidence }: Finding): Verdict {
  return { status: met ? 'passed' : 'failed', message, evidence }
}

function waitsForTask(task: string, { language }: LabContext): string {
  return inLanguage({ en: `waits for task ${task}`, zh: `等待任务 ${task}` }, language)
}

function waitsForCheck(task: Task, checkId: string, { language }: LabContext): string {
  const title = task.checks.find(({ id }) => id === checkId)?.title[language] ?? checkId
  return inLanguage({ en: `waits for: ${title}`, zh: `等待：${title}` }, language)
}

function notShownYet({ title }: Check, { language }: LabContext): string {
  return inLanguage({ en: `not shown yet: ${title.en}`, zh: `尚未验证：${title.zh}` }, language)
}

const FROM_WORST: readonly Status[] = ['error', 'failed', 'blocked', 'skipped']

function worst(results: readonly { readonly status: Status }[]): Status {
  return FROM_WORST.find((status) => results.some((result) => result.status === status)) ?? 'passed'
}
