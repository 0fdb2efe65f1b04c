import type { Verb } from './verb.ts'

export const up: Verb = {
  usage: 'up',
  group: 'group.environment',
  summary: 'help.up',
  examples: ['statelab up', 'statelab up --name workshop --source packages'],
  run: async (session) => {
    const { engine, settings, t } = session
    const { environment, mayInstall, source } = settings
    const status = await session.work(async (emit, signal) => {
      await engine.ensureDocker({ emit, signal, mayInstall })
      return engine.up(environment, { emit, signal, source, mayInstall })
    })
    const { name, kubeconfig } = environment
    session.answer(status, () => `${t('up.done', { name, kubeconfig })}\n`)
    return 0
  },
}
