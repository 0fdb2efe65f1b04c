import type { Lab } from '../catalog/lab.ts'
import { StatelabError } from '../errors.ts'
import { count } from '../progress/progress.ts'
import type { LearnerWork } from '../runner/learner-work.ts'
import { confirm, keyboardOf } from './ask.ts'
import { loadLab } from './labs.ts'
import { saveProgress } from './learner-progress.ts'
import { needEnvironment } from './need-environment.ts'
import type { Session } from './session.ts'
import type { Input, Verb } from './verb.ts'

export const reset: Verb = {
  usage: 'reset <lab>',
  group: 'group.labs',
  summary: 'help.reset',
  examples: ['statelab reset redis-persistence', 'statelab reset redis-persistence --yes'],
  configure: (command, t) => command.option('-y, --yes', t('flag.yes')).option('--variant <variant>', t('flag.variant')),
  run: async (session, input) => {
    const { engine, settings, t } = session
    const lab = await loadLab(session, input.args[0] ?? '')
    const variant = input.options.variant as string | undefined
    await session.work((emit, signal) => needEnvironment(session, { emit, signal }))
    await askBefore(session, lab, input)
    await session.work((emit, signal) =>
      engine.resetLab(settings.environment, lab, { emit, signal, language: settings.language, variant }),
    )
    await saveProgress(session, (progress) => count(progress, lab.id, 'attempts'))
    session.answer({ lab: lab.id }, () => `${t('reset.done', { lab: lab.id })}\n`)
    return 0
  },
}

/** @throws {StatelabError} `operation-failed` when the learner would rather keep what there is. */
async function askBefore(session: Session, lab: Lab, { options }: Input): Promise<void> {
  const { engine, settings, signal, t } = session
  const keyboard = options.yes === true ? undefined : keyboardOf(session)
  if (!keyboard) return
  const work = await engine.learnerWork(settings.environment, lab, { emit: () => {}, signal, language: settings.language })
  const lost = whatIsLost(work, session)
  if (lost.length === 0) return
  const question = t('reset.ask', { lab: lab.id, lost: lost.map((line) => `\n  - ${line}`).join('') })
  if (!(await confirm(session, keyboard, `${question}\n${t('reset.goOn')}`))) {
    throw new StatelabError('operation-failed', t('reset.kept', { lab: lab.id }))
  }
}

function whatIsLost({ green, objects, claims }: LearnerWork, { t }: Session): string[] {
  return [
    ...(green.length === 0 ? [] : [t('reset.green', { count: green.length, tasks: green.join(', ') })]),
    ...(objects.length === 0 ? [] : [objects.join(', ')]),
    ...(claims.length === 0 ? [] : [t('reset.claims', { claims: claims.join(', ') })]),
  ]
}
