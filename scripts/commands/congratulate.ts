import type { Lab } from '../catalog/lab.ts'
import type { Progress } from '../progress/progress.ts'
import { loadLabs } from './labs.ts'
import { loadProgress } from './learner-progress.ts'
import { nameFlag } from './name-flag.ts'
import type { Session } from './session.ts'

/** For a lab whose tasks are all green: well done, and where to go on. */
export async function congratulate(session: Session, lab: Lab): Promise<void> {
  const { t, settings, noticeStyle: style } = session
  const [labs, progress] = await Promise.all([loadLabs(session), loadProgress(session)])
  const done = t('passed.done', { lab: lab.id, tasks: lab.tasks.length })
  session.say(`\n${style('green', done)}`)
  if (progress.labs[lab.id]?.by === 'solve')
    session.say(t('passed.bySolve', { command: `statelab reset ${lab.id}${nameFlag(session)}` }))
  const next = nextLab(lab, labs, progress)
  if (!next) return session.say(t('passed.all', { labs: labs.length }))
  session.say(
    `${t('passed.next', { lab: next.id, title: next.title[settings.language] })}  ${style('cyan', `statelab start ${next.id}${nameFlag(session)}`)}`,
  )
}

/** Says what tasks that have turned green have taught. */
export function tellLearned(session: Session, lab: Lab, tasks: readonly string[]): void {
  const { t, settings, noticeStyle: style } = session
  for (const { id, learned } of lab.tasks) {
    if (learned && tasks.includes(id))
      session.say(`\n${style('green', t('learned.title', { task: id }))}\n  ${learned[settings.language]}`)
  }
}

/** The first that was not passed, after this one and then from the beginning. */
function nextLab({ id }: Lab, labs: readonly Lab[], progress: Progress): Lab | undefined {
  const here = labs.findIndex((lab) => lab.id === id)
  return [...labs.slice(here + 1), ...labs.slice(0, here)].find((lab) => progress.labs[lab.id]?.passedAt === undefined)
}
