import type { Lab } from '../catalog/lab.ts'
import { badInput } from '../errors.ts'
import { loadLabs, pickLabs } from './labs.ts'
import { addReportFlag } from './report-files.ts'
import { reportWork } from './report-work.ts'
import type { Session } from './session.ts'
import type { Input, Verb } from './verb.ts'

export const run: Verb = {
  usage: 'run [lab...]',
  group: 'group.labs',
  summary: 'help.run',
  tellsLog: true,
  examples: [
    'statelab run redis-persistence redis-replication',
    'statelab run --all --report junit=report.xml --report json=report.json',
  ],
  configure: (command, t) => addReportFlag(command.option('--all', t('flag.all')), t),
  run: async (session, input) => {
    const labs = await chosenLabs(session, input)
    return reportWork(session, input, { labs }, async (work) => {
      const done = []
      for (const lab of labs) done.push(await session.engine.runLab(session.settings.environment, lab, work))
      return done
    })
  },
}

async function chosenLabs(session: Session, { args, options }: Input): Promise<readonly Lab[]> {
  const { t } = session
  if (options.all === true && args.length > 0) throw badInput(t('error.labsAndAll'), t('error.labsAndAll.fix'))
  if (options.all !== true && args.length === 0) throw badInput(t('error.noLabs'), t('error.noLabs.fix'))
  const labs = await loadLabs(session)
  return options.all === true ? labs : pickLabs(session, labs, args)
}
