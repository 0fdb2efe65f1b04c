import { messageOf } from '../errors.ts'
import type { Emit, StepOutcome } from '../events.ts'
import type { Language } from '../text.ts'

interface StepNames {
  readonly id: string
  readonly title: string
  readonly parent?: string | undefined
  /** In which a failure is told. Default `en`. */
  readonly language?: Language
}

/** How a step that threw nothing ended. */
export interface Ending<T> {
  readonly value: T
  /** Default: `done`. */
  readonly outcome?: StepOutcome
  readonly detail?: string
}

/** Tells of a piece of work as a step, from its beginning to its end, and hands on its value or its failure. */
export async function inStep<T>(
  emit: Emit,
  { id, title, parent, language }: StepNames,
  work: (progress: (line: string) => void) => Promise<Ending<T>>,
): Promise<T> {
  const startedAt = performance.now()
  const finish = (outcome: StepOutcome, detail: string | undefined): void =>
    emit({
      type: 'step-finished',
      id,
      outcome,
      durationMs: performance.now() - startedAt,
      ...(detail !== undefined && { detail }),
    })
  emit({ type: 'step-started', id, title, ...(parent !== undefined && { parent }) })
  try {
    const { value, outcome = 'done', detail } = await work((line) => emit({ type: 'step-progress', id, line }))
    finish(outcome, detail)
    return value
  } catch (error) {
    finish('failed', messageOf(error, language))
    throw error
  }
}
