import type { Emit } from '../events.ts'
import { messageOf } from '../errors.ts'

/** What a step is given while it runs. */
export interface StepContext {
  readonly signal: AbortSignal
  /** Tells a person what the step is doing now. */
  readonly progress: (line: string) => void
}

/** Returned by a step that found its work done already. */
export class Skipped {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

export interface Step {
  readonly id: string
  readonly title: string
  /** Ids of the steps that must have finished first. A step starts the moment the last of them has. */
  readonly needs?: readonly string[]
  /** @returns one line about what was made or found, or `Skipped`. */
  run(context: StepContext): Promise<string | Skipped | undefined>
}

export interface RunStepsOptions {
  readonly signal: AbortSignal
  readonly emit: Emit
  /** The id of the enclosing step, for nesting. */
  readonly parent?: string
  /** How many steps may run at once. Default: all that are ready. */
  readonly concurrency?: number
}

/**
 * Runs steps, each as soon as what it needs has finished. The first failure aborts the others; it is thrown after all
 * of them have ended, so that nothing goes on in the background.
 */
export async function runSteps(steps: readonly Step[], options: RunStepsOptions): Promise<void> {
  assertRunnable(steps)
  const failure = new AbortController()
  const signal = AbortSignal.any([options.signal, failure.signal])
  const slots = new Slots(options.concurrency ?? steps.length)
  const running = new Map<string, Promise<void>>()
  let first: { error: unknown } | undefined

  // Within the slot: the next step must not get it before the failure is known.
  const attempt = async (step: Step): Promise<void> => {
    if (signal.aborted) return
    try {
      await runStep(step, signal, options)
    } catch (error) {
      first ??= { error }
      failure.abort(error)
    }
  }
  const start = async (step: Step): Promise<void> => {
    await Promise.all((step.needs ?? []).map((id) => running.get(id)))
    await slots.use(() => attempt(step))
  }
  for (const step of inOrder(steps)) running.set(step.id, start(step))
  await Promise.all(running.values())
  options.signal.throwIfAborted()
  if (first) throw first.error
}

async function runStep(step: Step, signal: AbortSignal, options: RunStepsOptions): Promise<void> {
  const { emit, parent } = options
  const startedAt = performance.now()
  const finish = (outcome: 'done' | 'skipped' | 'failed', detail?: string): void =>
    emit({
      type: 'step-finished',
      id: step.id,
      outcome,
      durationMs: performance.now() - startedAt,
      ...(detail !== undefined && { detail }),
    })
  emit({ type: 'step-started', id: step.id, title: step.title, ...(parent !== undefined && { parent }) })
  try {
    const result = await step.run({ signal, progress: (line) => emit({ type: 'step-progress', id: step.id, line }) })
    if (result instanceof Skipped) finish('skipped', result.why)
    else finish('done', result)
  } catch (error) {
    // A step that was stopped has nothing of its own to say: the failure is told where it happened.
    if (signal.aborted && error === signal.reason && !options.signal.aborted) finish('skipped', 'stopped')
    else finish('failed', messageOf(error))
    throw error
  }
}

/** Topological order, so that a step's promise exists before anyone awaits it. */
function inOrder(steps: readonly Step[]): Step[] {
  const byId = new Map(steps.map((step) => [step.id, step]))
  const ordered = new Set<Step>()
  const visit = (step: Step, path: readonly string[]): void => {
    if (path.includes(step.id)) throw new Error(`steps need each other in a circle: ${[...path, step.id].join(' → ')}`)
    for (const id of step.needs ?? []) visit(byId.get(id) as Step, [...path, step.id])
    ordered.add(step)
  }
  for (const step of steps) visit(step, [])
  return [...ordered]
}

function assertRunnable(steps: readonly Step[]): void {
  const ids = new Set(steps.map((step) => step.id))
  if (ids.size !== steps.length) throw new Error('two steps have the same id')
  for (const step of steps) {
    for (const id of step.needs ?? []) if (!ids.has(id)) throw new Error(`step ${step.id} needs ${id}, which does not exist`)
  }
}

/** A counting semaphore. */
class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []
  constructor(count: number) {
    this.#free = count
  }
  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}
