import type { Lab } from '../catalog/lab.ts'
import { namespaceOf } from '../runner/lab-context.ts'
import { loadLabs } from './labs.ts'
import { addReportFlag } from './report-files.ts'
import { reportWork } from './report-work.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

const DEMO_LABS = ['redis-persistence', 'redis-replication']

/** What `npm start` runs: from whatever this machine is to two proven labs. */
export const demo: Verb = {
  usage: 'demo',
  group: 'group.begin',
  summary: 'help.demo',
  tellsLog: true,
  examples: ['statelab demo', 'statelab demo --no-install'],
  configure: addReportFlag,
  run: async (session, input) => {
    const labs = await demoLabs(session)
    const exitCode = await reportWork(session, input, { labs }, (work) =>
      session.engine.runLabs(session.settings.environment, labs, work),
    )
    if (exitCode === 0) session.say(nextSteps(session, labs[0]?.id ?? ''))
    return exitCode
  },
}

/** A bundle may have been saved with other labs only. */
async function demoLabs(session: Session): Promise<readonly Lab[]> {
  const found = await session.engine.loadLabs(session.settings.labFolders, DEMO_LABS)
  return found.length > 0 ? found : (await loadLabs(session)).slice(0, DEMO_LABS.length)
}

function nextSteps({ t, settings, noticeStyle: style }: Session, lab: string): string {
  const name = settings.environment.name === 'statelab' ? '' : ` --name ${settings.environment.name}`
  const commands = [
    [`scripts/statelab list${name}`, t('next.list')],
    [`scripts/statelab start ${lab}${name}`, t('next.start', { namespace: namespaceOf({ id: lab }) })],
    [`scripts/statelab check ${lab} --watch${name}`, t('next.check')],
    [`scripts/statelab down${name}`, t('next.down')],
  ] as const
  const width = Math.max(...commands.map(([command]) => command.length))
  const rows = commands.map(([command, why]) => `  ${style('cyan', command.padEnd(width))}  ${style('dim', why)}`)
  return `\n${t('next.title')}\n${rows.join('\n')}`
}
