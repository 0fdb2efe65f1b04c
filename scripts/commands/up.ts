import { makeEnvironment } from './need-environment.ts'
import type { Verb } from './verb.ts'

export const up: Verb = {
  usage: 'up',
  group: 'group.environment',
  summary: 'help.up',
  examples: ['statelab up', 'statelab up --name workshop --kubernetes v1.36.1'],
  run: async (session) => {
    const { settings, t } = session
    const status = await session.work((emit, signal) => makeEnvironment(session, { emit, signal }))
    const { name, kubeconfig } = settings.environment
    session.answer(status, () => `${t('up.done', { name, kubeconfig })}\n`)
    return 0
  },
}
