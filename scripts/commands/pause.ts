import { StatelabError } from '../errors.ts'
import type { Verb } from './verb.ts'

export const pause: Verb = {
  usage: 'pause',
  group: 'group.environment',
  summary: 'help.pause',
  examples: ['statelab pause', 'statelab resume'],
  run: async (session) => {
    const { engine, settings, t } = session
    const { environment } = settings
    const stopped = await session.work((emit, signal) => engine.pause(environment, { emit, signal }))
    const { name } = environment
    if (stopped === 0)
      throw new StatelabError('not-found', t('pause.nothing', { name }), { fix: `statelab status --name ${name}` })
    session.answer({ name, stopped }, () => `${t('pause.done', { name, stopped })}\n`)
    return 0
  },
}
