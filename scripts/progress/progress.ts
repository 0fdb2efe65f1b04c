/** Whether a learner did it, or `solve` did. */
export type Author = 'hand' | 'solve'

export interface TaskProgress {
  /** ISO 8601. */
  readonly passedAt: string
  readonly by: Author
}

/** What became of one lab, over all attempts at it. */
export interface LabProgress {
  readonly tasks: Readonly<Record<string, TaskProgress>>
  /** When every task was green at the same time; missing while that has not been. */
  readonly passedAt?: string
  /** `solve` where any of those tasks was solved by the tool. */
  readonly by?: Author
  /** How often it was begun, looked at, helped with. */
  readonly attempts: number
  readonly checks: number
  readonly hints: number
  readonly solves: number
  /** When the last of these was asked for; missing where an earlier version wrote it. ISO 8601. */
  readonly lastAt?: string
}

/** The learner's one file: schema 1. */
export interface Progress {
  readonly schema: 1
  readonly labs: Readonly<Record<string, LabProgress>>
}

export const NO_PROGRESS: Progress = { schema: 1, labs: {} }

const UNTOUCHED: LabProgress = { tasks: {}, attempts: 0, checks: 0, hints: 0, solves: 0 }

/** Counts what a learner asked for. */
export function count(
  progress: Progress,
  labId: string,
  what: 'attempts' | 'checks' | 'hints' | 'solves',
  now: Date = new Date(),
): Progress {
  const lab = progress.labs[labId] ?? UNTOUCHED
  return withLab(progress, labId, { ...lab, [what]: lab[what] + 1, lastAt: now.toISOString() })
}

/** What a look at a lab has shown. */
export interface Seen {
  readonly labId: string
  /** The tasks that are green. */
  readonly green: readonly string[]
  /** Whether that is all of them. */
  readonly passed: boolean
  /** The tasks that `solve` has worked on since the lab was started. */
  readonly solved: readonly string[]
}

/**
 * Writes down what was seen. Nothing is ever taken back: a task that is red again was green all the same, and what was
 * done by hand stays so. Only what `solve` did becomes the learner's own when it is done again by hand.
 */
export function record(progress: Progress, { labId, green, passed, solved }: Seen, now: Date): Progress {
  const before = progress.labs[labId] ?? UNTOUCHED
  const at = now.toISOString()
  const authorOf = (task: string): Author => (solved.includes(task) ? 'solve' : 'hand')
  const news = green.filter((task) => isNews(before.tasks[task], authorOf(task)))
  const tasks = { ...before.tasks, ...Object.fromEntries(news.map((task) => [task, { passedAt: at, by: authorOf(task) }])) }
  const by: Author = green.some((task) => authorOf(task) === 'solve') ? 'solve' : 'hand'
  const isPass = passed && isNews(before.passedAt === undefined ? undefined : before, by)
  return withLab(progress, labId, { ...before, tasks, ...(isPass && { passedAt: at, by }) })
}

/** The tasks that the newer of the two has as passed for the first time. */
export function newlyPassed(before: Progress, after: Progress, labId: string): string[] {
  const had = before.labs[labId]?.tasks ?? {}
  return Object.keys(after.labs[labId]?.tasks ?? {}).filter((task) => had[task] === undefined)
}

function isNews(before: { readonly by?: Author } | undefined, by: Author): boolean {
  return before === undefined || (before.by === 'solve' && by === 'hand')
}

function withLab(progress: Progress, labId: string, lab: LabProgress): Progress {
  return { ...progress, labs: { ...progress.labs, [labId]: lab } }
}
