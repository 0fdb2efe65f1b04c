/** How far a learner is with a lab; a lab that was never started has no mark. `solve` where the tool did any of it. */
export type Mark = 'hand' | 'solve' | 'started'

/** One learner, counted over the labs of the course. */
export interface LearnerSum {
  readonly name: string
  readonly passed: number
  readonly byHand: number
  readonly withSolve: number
  readonly hints: number
  readonly attempts: number
  /** ISO 8601; missing where nothing was done yet. */
  readonly lastActivityAt?: string
  readonly labs: Readonly<Record<string, Mark>>
}

/** One lab, counted over the learners. */
export interface LabSum {
  readonly id: string
  readonly passed: number
  readonly byHand: number
  /** How many have started it and not passed it. */
  readonly started: number
}

/** What became of a course: the answer of `report FILE...`. */
export interface ClassReport {
  /** How many labs the course has. */
  readonly total: number
  readonly learners: readonly LearnerSum[]
  /** The labs that anybody has started, in the order of the course. */
  readonly labs: readonly LabSum[]
  /** What learners have done and the course does not have; it is counted nowhere. */
  readonly otherLabs: readonly string[]
}
