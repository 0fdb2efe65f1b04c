import { loadLab } from './labs.ts'
import { workInEnvironment } from './need-environment.ts'
import type { Verb } from './verb.ts'

export const hint: Verb = {
  usage: 'hint <lab>',
  group: 'group.labs',
  summary: 'help.hint',
  examples: ['statelab hint redis-persistence'],
  run: async (session, { args: [id = ''] }) => {
    const { engine, settings, t } = session
    const lab = await loadLab(session, id)
    const found = await workInEnvironment(session, (work) => engine.hintFor(settings.environment, lab, work))
    const text = found?.text[settings.language]
    session.answer({ lab: lab.id, hint: text ?? null }, () => `${text ?? t('hint.none')}\n`)
    return 0
  },
}
