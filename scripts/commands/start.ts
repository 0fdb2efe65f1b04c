import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from '../catalog/lab.ts'
import { namespaceOf } from '../runner/lab-context.ts'
import { loadLab } from './labs.ts'
import { renderMarkdown } from './markdown.ts'
import { workInEnvironment } from './need-environment.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

export const start: Verb = {
  usage: 'start <lab>',
  group: 'group.labs',
  summary: 'help.start',
  examples: ['statelab start redis-persistence', 'statelab start redis-persistence --lang zh'],
  run: async (session, { args: [id = ''] }) => {
    const lab = await loadLab(session, id)
    const brief = await readBrief(lab, session.settings.language)
    await workInEnvironment(session, (work) => session.engine.startLab(session.settings.environment, lab, work))
    const text = await renderMarkdown(brief, session.io.stdout, session.colored)
    const namespace = namespaceOf(lab)
    session.answer(
      { lab: lab.id, namespace, kubeconfig: session.settings.environment.kubeconfig, brief },
      () => `${text}\n${howToWork(lab, session)}\n`,
    )
    return 0
  },
}

function readBrief(lab: Lab, language: Session['settings']['language']): Promise<string> {
  return readFile(join(lab.folder, language === 'zh' ? 'README.zh.md' : 'README.md'), 'utf8')
}

function howToWork(lab: Lab, { t, style, settings }: Session): string {
  const name = settings.environment.name === 'statelab' ? '' : ` --name ${settings.environment.name}`
  const rows = [
    [`eval "$(statelab env --lab ${lab.id}${name})"`, t('start.env', { namespace: namespaceOf(lab) })],
    [`statelab check ${lab.id}${name}`, t('start.check')],
    [`statelab hint ${lab.id}${name}`, t('start.hint')],
    [`statelab reset ${lab.id}${name}`, t('start.reset')],
  ] as const
  const width = Math.max(...rows.map(([command]) => command.length))
  return [
    t('start.howTo'),
    ...rows.map(([command, why]) => `  ${style('cyan', command.padEnd(width))}  ${style('dim', why)}`),
  ].join('\n')
}
