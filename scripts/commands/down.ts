import { StatelabError } from '../errors.ts'
import { confirm, keyboardOf } from './ask.ts'
import type { EnvironmentReport } from './engine.ts'
import { labStateWord } from './lab-state.ts'
import type { Session } from './session.ts'
import type { Input, Verb } from './verb.ts'

export const down: Verb = {
  usage: 'down',
  group: 'group.environment',
  summary: 'help.down',
  examples: ['statelab down', 'statelab down --name workshop', 'statelab down --yes'],
  configure: (command, t) => command.option('-y, --yes', t('flag.yes')),
  run: async (session, input) => {
    const { engine, settings, t } = session
    const { environment } = settings
    await askBefore(session, input)
    await session.work((emit, signal) => engine.down(environment, { emit, signal }))
    const { name } = environment
    session.answer({ name }, () => `${t('down.done', { name })}\n`)
    return 0
  },
}

/** @throws {StatelabError} `operation-failed` when the learner would rather keep what there is. */
async function askBefore(session: Session, { options }: Input): Promise<void> {
  const { engine, settings, signal, t } = session
  const keyboard = options.yes === true ? undefined : keyboardOf(session)
  if (!keyboard) return
  const lost = whatIsLost(await engine.status(settings.environment, signal), session)
  if (lost === undefined) return
  if (!(await confirm(session, keyboard, `${lost}\n${t('down.goOn')}`))) {
    throw new StatelabError('operation-failed', t('down.kept', { name: settings.environment.name }))
  }
}

/** A paused or broken environment keeps its labs to itself: what cannot be seen may be somebody's work. */
function whatIsLost({ name, cluster, labs }: EnvironmentReport, session: Session): string | undefined {
  const { t, noticeStyle: style } = session
  if (labs.length > 0) {
    const lines = labs.map(({ id, state }) => `\n  - ${id}: ${labStateWord(state, { t, style })}`)
    return t('down.ask', { name, lost: lines.join('') })
  }
  if (cluster.state === 'stopped') return t('down.askStopped', { name })
  return cluster.state === 'unreachable' ? t('down.askUnreachable', { name }) : undefined
}
