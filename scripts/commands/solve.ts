import type { Lab } from '../catalog/lab.ts'
import { badInput, StatelabError } from '../errors.ts'
import { count } from '../progress/progress.ts'
import { assertTask, type SolvedStep } from '../runner/solve-lab.ts'
import { keyboardOf } from './ask.ts'
import type { Keyboard } from './keyboard.ts'
import { loadLab } from './labs.ts'
import { recordResult, saveProgress } from './learner-progress.ts'
import { nameFlag } from './name-flag.ts'
import { needEnvironment } from './need-environment.ts'
import type { Session } from './session.ts'
import { solveByStep } from './solve-by-step.ts'
import type { Input, Verb } from './verb.ts'

export const solve: Verb = {
  usage: 'solve <lab>',
  group: 'group.labs',
  summary: 'help.solve',
  examples: [
    'statelab solve redis-persistence',
    'statelab solve redis-persistence --step',
    'statelab solve redis-persistence --to claims',
  ],
  configure: (command, t) => command.option('--step', t('flag.step')).option('--to <task>', t('flag.to')),
  run: async (session, input) => {
    const lab = await loadLab(session, input.args[0] ?? '')
    const { to, keyboard } = wishes(session, lab, input)
    await session.work((emit, signal) => needEnvironment(session, { emit, signal }))
    await saveProgress(session, (progress) => count(progress, lab.id, 'solves'))
    const steps = await orReset(session, lab, () =>
      keyboard ? solveByStep(session, lab, { to, keyboard }) : solveAtOnce(session, lab, to),
    )
    session.answer({ lab: lab.id, steps }, () => describe(session, lab, keyboard ? [] : steps))
    return 0
  },
}

/** @throws {StatelabError} `bad-input`, before anything is touched. */
function wishes(session: Session, lab: Lab, { options }: Input): { to: string | undefined; keyboard: Keyboard | undefined } {
  const to = options.to as string | undefined
  if (to !== undefined) assertTask(lab, to)
  const keyboard = options.step === true ? keyboardOf(session) : undefined
  if (options.step === true && !keyboard) throw badInput(session.t('error.step'), session.t('error.step.fix'))
  return { to, keyboard }
}

function solveAtOnce(session: Session, lab: Lab, to: string | undefined): Promise<readonly SolvedStep[]> {
  const { engine, settings } = session
  const options = {
    language: settings.language,
    ...(to !== undefined && { to }),
    onLook: async (before: Parameters<typeof recordResult>[2]) => void (await recordResult(session, lab, before)),
  }
  return session.work((emit, signal) => engine.solveLab(settings.environment, lab, { emit, signal, ...options }))
}

/** A solution is written for a lab as it was started: what a learner has made instead may be in its way. */
async function orReset<T>(session: Session, lab: Lab, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const isInTheWay =
      error instanceof StatelabError && ['kubernetes-failed', 'operation-failed', 'timed-out'].includes(error.code)
    if (!isInTheWay || error.fix !== undefined || session.signal.aborted) throw error
    const flags = `${lab.id}${nameFlag(session)}`
    throw new StatelabError(error.code, error.texts.message, {
      cause: error.cause,
      fix: `statelab reset ${flags}; statelab solve ${flags}`,
    })
  }
}

function describe(session: Session, lab: Lab, steps: readonly SolvedStep[]): string {
  const { t, style, settings } = session
  const sections = [...Map.groupBy(steps, ({ task }) => task)].map(([id, ofTask]) => {
    const title = lab.tasks.find((task) => task.id === id)?.title[settings.language] ?? ''
    const shown = ofTask.map(({ command, why }) => `${style('dim', `# ${why}`)}\n${style('cyan', command)}\n`)
    return `${style('bold', `${id}: ${title}`)}\n\n${shown.join('\n')}\n`
  })
  return `${sections.join('')}${t('solve.done', { command: `statelab check ${lab.id}${nameFlag(session)}` })}\n`
}
