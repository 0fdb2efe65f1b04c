import type { Verb } from './verb.ts'

export const down: Verb = {
  usage: 'down',
  group: 'group.environment',
  summary: 'help.down',
  examples: ['statelab down', 'statelab down --name workshop'],
  run: async (session) => {
    const { engine, settings, t } = session
    const { environment } = settings
    await session.work((emit, signal) => engine.down(environment, { emit, signal }))
    const { name } = environment
    session.answer({ name }, () => `${t('down.done', { name })}\n`)
    return 0
  },
}
