import type { Diagnostics } from './engine.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

export const logs: Verb = {
  usage: 'logs',
  group: 'group.inside',
  summary: 'help.logs',
  examples: ['statelab logs', 'statelab logs -o json > report.json'],
  run: async (session) => {
    const found = await session.engine.diagnostics(session.settings.environment, session.signal)
    session.answer(found, () => describe(found, session))
    return 0
  },
}

function describe({ containers, nfs, provisioner, events }: Diagnostics, { t, style }: Session): string {
  const sections = [
    [t('logs.containers'), containers],
    [t('logs.nfs'), nfs],
    [t('logs.provisioner'), provisioner],
    [t('logs.events'), events],
  ] as const
  return sections
    .map(([title, lines]) => `${style('bold', `== ${title}`)}\n${lines.length === 0 ? t('logs.none') : lines.join('\n')}\n`)
    .join('\n')
}
