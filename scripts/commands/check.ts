import { count } from '../progress/progress.ts'
import { congratulate, tellLearned } from './congratulate.ts'
import { loadLab } from './labs.ts'
import { recordResult, saveProgress } from './learner-progress.ts'
import { addReportFlag } from './report-files.ts'
import { reportWork } from './report-work.ts'
import type { Verb } from './verb.ts'
import { watch } from './watch.ts'

export const check: Verb = {
  usage: 'check <lab>',
  group: 'group.labs',
  summary: 'help.check',
  examples: [
    'statelab check redis-persistence',
    'statelab check redis-persistence --watch',
    'statelab check redis-persistence -o json',
    'statelab check redis-persistence --report html=report.html',
  ],
  configure: (command, t) => addReportFlag(command.option('--watch', t('flag.watch')), t),
  run: async (session, input) => {
    const lab = await loadLab(session, input.args[0] ?? '')
    if (input.options.watch === true) return watch(session, lab, input)
    let news: readonly string[] = []
    const exitCode = await reportWork(session, input, { labs: [lab], passing: true }, async (work) => {
      const result = await session.engine.checkLab(session.settings.environment, lab, work)
      await saveProgress(session, (progress) => count(progress, lab.id, 'checks'))
      news = await recordResult(session, lab, result)
      return [result]
    })
    tellLearned(session, lab, news)
    if (exitCode === 0) await congratulate(session, lab)
    return exitCode
  },
}
