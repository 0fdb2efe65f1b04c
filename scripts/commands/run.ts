import { addLabFlags, chosenLabs, parallelOf } from './choose-labs.ts'
import { askedVariants } from './pick-variant.ts'
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
    'statelab run pvc-pending --variant class-misspelt',
    'statelab run --all --report junit=report.xml --report html=report.html',
  ],
  configure: (command, t) => {
    addLabFlags(command, t)
      .option('--fail-fast', t('flag.failFast'))
      .option('--variant <variant>', t('flag.variant'))
      .option('--seed <n>', t('flag.runSeed'))
    addReportFlag(command, t)
  },
  run: async (session, input) => {
    const parallel = parallelOf(session, input)
    const labs = await chosenLabs(session, input)
    const variants = askedVariants(session, labs, input)
    const options = { parallel, failFast: input.options.failFast === true, variants }
    return reportWork(session, input, { labs }, (work) =>
      session.engine.runLabs(session.settings.environment, labs, work, options),
    )
  },
}
