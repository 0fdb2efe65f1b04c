import { count } from '../progress/progress.ts'
import { wrapText } from '../report/wrap.ts'
import { loadLab } from './labs.ts'
import { saveProgress } from './learner-progress.ts'
import { nameFlag } from './name-flag.ts'
import { workInEnvironment } from './need-environment.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

export const hint: Verb = {
  usage: 'hint <lab>',
  group: 'group.labs',
  summary: 'help.hint',
  examples: ['statelab hint redis-persistence', 'statelab hint redis-persistence --more'],
  configure: (command, t) => command.option('--more', t('flag.more'), (_value: unknown, times: number) => times + 1, 0),
  run: async (session, { args: [id = ''], options }) => {
    const { engine, settings, t } = session
    const lab = await loadLab(session, id)
    const found = await workInEnvironment(session, (work) => engine.hintsFor(settings.environment, lab, work))
    if (!found) {
      session.answer({ lab: lab.id, task: null, hint: null }, () => `${t('hint.none')}\n`)
      return 0
    }
    await saveProgress(session, (progress) => count(progress, lab.id, 'hints'))
    const of = found.hints.length
    const index = Math.min(Number(options.more), of - 1)
    const given = {
      lab: lab.id,
      task: found.task,
      hint: found.hints[index]?.text[settings.language] ?? '',
      number: index + 1,
      of,
    }
    session.answer(given, () => describe(given, session))
    return 0
  },
}

const WIDEST = 100

interface Given {
  readonly lab: string
  readonly task: string
  readonly hint: string
  readonly number: number
  readonly of: number
}

function describe({ lab, task, hint: text, number, of }: Given, session: Session): string {
  const { t, style, io } = session
  const title = style('bold', t('hint.title', { task, number, of }))
  const columns = Math.min(io.stdout.columns ?? Number.POSITIVE_INFINITY, WIDEST)
  const lines = wrapText(text, columns)
  const more = `statelab hint ${lab}${' --more'.repeat(number)}${nameFlag(session)}`
  const next = number < of ? [style('dim', t('hint.another', { command: more }))] : []
  return `${[title, ...lines, ...next].join('\n')}\n`
}
