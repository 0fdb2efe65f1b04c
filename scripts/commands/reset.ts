import { loadLab } from './labs.ts'
import { workInEnvironment } from './need-environment.ts'
import type { Verb } from './verb.ts'

export const reset: Verb = {
  usage: 'reset <lab>',
  group: 'group.labs',
  summary: 'help.reset',
  examples: ['statelab reset redis-persistence'],
  run: async (session, { args: [id = ''] }) => {
    const { engine, settings, t } = session
    const lab = await loadLab(session, id)
    await workInEnvironment(session, (work) => engine.resetLab(settings.environment, lab, work))
    session.answer({ lab: lab.id }, () => `${t('reset.done', { lab: lab.id })}\n`)
    return 0
  },
}
