import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab } from '../catalog/lab.ts'
import { badInput } from '../errors.ts'
import { count } from '../progress/progress.ts'
import { namespaceOf } from '../runner/lab-context.ts'
import { displayWidth, wrapText } from '../report/wrap.ts'
import { loadLab } from './labs.ts'
import { saveProgress } from './learner-progress.ts'
import { briefFor } from './markdown.ts'
import { nameFlag } from './name-flag.ts'
import { needEnvironment } from './need-environment.ts'
import { askedVariant, randomVariant } from './pick-variant.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

export const start: Verb = {
  usage: 'start <lab>',
  group: 'group.labs',
  summary: 'help.start',
  examples: ['statelab start redis-persistence', 'statelab start redis-persistence --lang zh'],
  configure: (command, t) => command.option('--variant <variant>', t('flag.variant')).option('--seed <n>', t('flag.seed')),
  run: async (session, { args: [id = ''], options }) => {
    const lab = await loadLab(session, id)
    const variant = askedVariant(session, lab, { options })
    const brief = await readBrief(lab, session.settings.language)
    await session.work((emit, signal) => needEnvironment(session, { emit, signal }))
    await begin(session, lab, variant)
    const text = await briefFor(session, brief)
    const namespace = namespaceOf(lab)
    session.answer(
      { lab: lab.id, namespace, kubeconfig: session.settings.environment.kubeconfig, brief },
      () => `${text}\n${howToWork(lab, session)}\n`,
    )
    return 0
  },
}

/** A lab that was begun already goes on as it is; of one that is new, any variant will do. */
async function begin(session: Session, lab: Lab, asked: string | undefined): Promise<void> {
  const { engine, settings } = session
  const { environment, language } = settings
  const isNew = (await engine.labStates(environment, session.signal)).get(lab.id) === undefined
  if (!isNew && asked !== undefined) {
    throw badInput(
      session.t('error.startedAlready', { lab: lab.id }),
      `statelab reset ${lab.id} --variant ${asked}${nameFlag(session)}`,
    )
  }
  const variant = asked ?? (isNew ? randomVariant(lab) : undefined)
  await session.work((emit, signal) => engine.startLab(environment, lab, { emit, signal, language, variant }))
  if (isNew) await saveProgress(session, (progress) => count(progress, lab.id, 'attempts'))
}

function readBrief(lab: Lab, language: Session['settings']['language']): Promise<string> {
  return readFile(join(lab.folder, language === 'zh' ? 'README.zh.md' : 'README.md'), 'utf8')
}

function howToWork(lab: Lab, session: Session): string {
  const { t } = session
  const name = nameFlag(session)
  const rows = [
    [`statelab shell ${lab.id}${name}`, t('start.shell', { namespace: namespaceOf(lab) })],
    [`statelab check ${lab.id} --watch${name}`, t('start.check')],
    [`statelab hint ${lab.id}${name}`, t('start.hint')],
    [`statelab reset ${lab.id}${name}`, t('start.reset')],
  ] as const
  return [t('start.howTo'), ...twoColumns(rows, session)].join('\n')
}

/** Commands with their reasons beside them, or below where the terminal is narrow. */
function twoColumns(rows: readonly (readonly [command: string, why: string])[], { style, io }: Session): string[] {
  const width = Math.max(...rows.map(([command]) => command.length))
  const columns = io.stdout.columns ?? Number.POSITIVE_INFINITY
  const fits = rows.every(([, why]) => 4 + width + displayWidth(why) <= columns)
  return rows.flatMap(([command, why]) =>
    fits
      ? `  ${style('cyan', command.padEnd(width))}  ${style('dim', why)}`
      : [`  ${style('cyan', command)}`, ...wrapText(why, Math.max(8, columns - 4)).map((line) => `    ${style('dim', line)}`)],
  )
}
