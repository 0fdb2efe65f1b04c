/** A step began. Steps nest by `parent`; ids are unique within one command. */
export interface StepStarted {
  readonly type: 'step-started'
  readonly id: string
  readonly title: string
  readonly parent?: string
}

/** What a running step is doing now: the last line of a build, the last observation of a wait. */
export interface StepProgress {
  readonly type: 'step-progress'
  readonly id: string
  readonly line: string
}

export type StepOutcome = 'done' | 'skipped' | 'failed'

export interface StepFinished {
  readonly type: 'step-finished'
  readonly id: string
  readonly outcome: StepOutcome
  readonly durationMs: number
  /** One line: what was made or found, why it was skipped, or what failed. */
  readonly detail?: string
}

/** Something a person should know that is no step: which image source was chosen and why, a warning. */
export interface Note {
  readonly type: 'note'
  readonly level: 'info' | 'warning'
  readonly text: string
}

/** Everything the engine says while it works. Renderers and the log file subscribe; the engine never prints. */
export type ProgressEvent = StepStarted | StepProgress | StepFinished | Note

export type Emit = (event: ProgressEvent) => void
