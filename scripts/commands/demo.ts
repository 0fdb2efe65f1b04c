import { namespaceOf } from '../runner/lab-context.ts'
import { loadNamedLabs } from './labs.ts'
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
    const labs = await loadNamedLabs(session, DEMO_LABS)
    const exitCode = await reportWork(session, input, { labs }, (work) =>
      session.engine.runLabs(session.settings.environment, labs, work),
    )
    if (exitCode === 0) session.say(nextSteps(session))
    return exitCode
  },
}

function nextSteps({ t, settings, noticeStyle: style }: Session): string {
  const name = settings.environment.name === 'statelab' ? '' : ` --name ${settings.environment.name}`
  const commands = [
    [`scripts/statelab list${name}`, t('next.list')],
    [`scripts/statelab start redis-persistence${name}`, t('next.start', { namespace: namespaceOf({ id: 'redis-persistence' }) })],
    [`scripts/statelab check redis-persistence --watch${name}`, t('next.check')],
    [`scripts/statelab down${name}`, t('next.down')],
  ] as const
  const width = Math.max(...commands.map(([command]) => command.length))
  const rows = commands.map(([command, why]) => `  ${style('cyan', command.padEnd(width))}  ${style('dim', why)}`)
  return `\n${t('next.title')}\n${rows.join('\n')}`
}
