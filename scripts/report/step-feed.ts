import type { StepOutcome } from '../events.ts'

/** One step as the terminal shows it: what happens inside it arrives later, one piece at a time. */
export interface FeedStep {
  readonly title: string
  readonly children: Feed
  readonly startedAt: number
  /** What it is doing now. */
  line: string | undefined
  outcome: StepOutcome | undefined
  durationMs: number
  detail: string | undefined
}

/**
 * The steps inside a step, as they come. A display wants to await "the next step, or the end"; the engine only sends
 * events. This is the queue between the two.
 */
export class Feed {
  readonly #queue: FeedStep[] = []
  #ended = false
  #wake: () => void = () => {}

  push(step: FeedStep): void {
    this.#queue.push(step)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  /** @returns the next step; `undefined` once the feed has ended and everything in it was taken. */
  async next(): Promise<FeedStep | undefined> {
    while (this.#queue.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#queue.shift()
  }
}

export function feedStep(title: string, startedAt: number): FeedStep {
  return { title, children: new Feed(), startedAt, line: undefined, outcome: undefined, durationMs: 0, detail: undefined }
}

/** Ends the step and the feed of what is inside it. */
export function finishFeedStep(step: FeedStep, event: Pick<FeedStep, 'outcome' | 'durationMs' | 'detail'>): void {
  step.outcome = event.outcome
  step.durationMs = event.durationMs
  step.detail = event.detail
  step.children.end()
}
