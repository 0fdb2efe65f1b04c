import { loadLab } from './labs.ts'
import { workInEnvironment } from './need-environment.ts'
import type { Verb } from './verb.ts'

export const solve: Verb = {
  usage: 'solve <lab>',
  group: 'group.labs',
  summary: 'help.solve',
  examples: ['statelab solve redis-persistence'],
  run: async (session, { args: [id = ''] }) => {
    const { engine, settings, t, style } = session
    const lab = await loadLab(session, id)
    const steps = await workInEnvironment(session, (work) => engine.solveLab(settings.environment, lab, work))
    session.answer({ lab: lab.id, steps }, () => {
      const shown = steps.map(({ command, why }) => `${style('dim', `# ${why}`)}\n${style('cyan', command)}\n`)
      return `${shown.join('\n')}\n${t('solve.done', { lab: lab.id })}\n`
    })
    return 0
  },
}
