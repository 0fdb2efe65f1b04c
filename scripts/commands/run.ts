import { addLabFlags, chosenLabs, parallelOf } from './choose-labs.ts'
import { addReportFlag } from './report-files.ts'
import { reportWork } from './report-work.ts'
import type { Verb } from './verb.ts'

export const run: Verb = {
  usage: 'run [lab...]',
  group: 'group.labs',
  summary: 'help.run',
  tellsLog: true,
  examples: [
    'statelab run redis-persistence redis-replication',
    'statelab run --track redis --parallel 2',
    'statelab run --all --report junit=report.xml --report html=report.html',
  ],
  configure: (command, t) => addReportFlag(addLabFlags(command, t).option('--fail-fast', t('flag.failFast')), t),
  run: async (session, input) => {
    const options = { parallel: parallelOf(session, input), failFast: input.options.failFast === true }
    const labs = await chosenLabs(session, input)
    return reportWork(session, input, { labs }, (work) =>
      session.engine.runLabs(session.settings.environment, labs, work, options),
    )
  },
}
