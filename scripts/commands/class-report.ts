import type { LabProgress, Progress } from '../progress/progress.ts'
import type { ClassReport, LabSum, LearnerSum, Mark } from '../report/class-report.ts'
import { oneLine } from '../report/printable.ts'

/** The progress of one learner, and what to call them. */
export interface Learner {
  readonly name: string
  readonly progress: Progress
}

/** @param course the ids of its labs, in its order. */
export function classReport(course: readonly string[], learners: readonly Learner[]): ClassReport {
  const sums = learners.map((learner) => learnerSum(course, learner))
  const labs = course.map((id) => labSum(id, sums)).filter(({ passed, started }) => passed + started > 0)
  const done = new Set(learners.flatMap(({ progress }) => Object.keys(progress.labs)))
  const otherLabs = [...done].filter((id) => !course.includes(id)).map(oneLine)
  return { total: course.length, learners: sums, labs, otherLabs: otherLabs.sort() }
}

function learnerSum(course: readonly string[], { name, progress }: Learner): LearnerSum {
  const done = course.flatMap((id) => {
    const lab = progress.labs[id]
    return lab ? [{ id, lab, mark: markOf(lab) }] : []
  })
  const marked = (mark: Mark): number => done.filter((each) => each.mark === mark).length
  const sum = (what: 'hints' | 'attempts'): number => done.reduce((total, { lab }) => total + lab[what], 0)
  const moments = done.flatMap(({ lab }) => momentsOf(lab)).map((at) => Date.parse(at))
  return {
    name,
    passed: marked('hand') + marked('solve'),
    byHand: marked('hand'),
    withSolve: marked('solve'),
    hints: sum('hints'),
    attempts: sum('attempts'),
    ...(moments.length > 0 && { lastActivityAt: new Date(Math.max(...moments)).toISOString() }),
    labs: Object.fromEntries(done.map(({ id, mark }) => [id, mark])),
  }
}

function markOf({ passedAt, by }: LabProgress): Mark {
  if (passedAt === undefined) return 'started'
  return by === 'hand' ? 'hand' : 'solve'
}

function momentsOf({ passedAt, lastAt, tasks }: LabProgress): string[] {
  const passes = Object.values(tasks).map((task) => task.passedAt)
  return [...passes, passedAt, lastAt].filter((at) => at !== undefined)
}

function labSum(id: string, learners: readonly LearnerSum[]): LabSum {
  const marked = (mark: Mark): number => learners.filter(({ labs }) => labs[id] === mark).length
  return { id, passed: marked('hand') + marked('solve'), byHand: marked('hand'), started: marked('started') }
}
