import type { Lab } from '../catalog/lab.ts'
import { loadLab } from './labs.ts'
import { needEnvironment, workInEnvironment } from './need-environment.ts'
import { answerReport, reportOf } from './report-answer.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

export const check: Verb = {
  usage: 'check <lab>',
  group: 'group.labs',
  summary: 'help.check',
  examples: [
    'statelab check redis-persistence',
    'statelab check redis-persistence --watch',
    'statelab check redis-persistence -o json',
  ],
  configure: (command, t) => command.option('--watch', t('flag.watch')),
  run: async (session, { args: [id = ''], options }) => {
    const lab = await loadLab(session, id)
    if (options.watch === true) return watch(session, lab)
    const result = await workInEnvironment(session, (work) => session.engine.checkLab(session.settings.environment, lab, work), {
      passing: true,
    })
    return answerReport(session, reportOf(session, [result]), [lab])
  },
}

/** Writes the report anew whenever it has changed, until every task is green. */
async function watch(session: Session, lab: Lab): Promise<number> {
  await session.work((emit, signal) => needEnvironment(session, { emit, signal }))
  const work = { emit: () => {}, signal: session.signal, language: session.settings.language }
  for await (const result of session.engine.watchLab(session.settings.environment, lab, work)) {
    if (session.io.stdout.isTerminal && session.settings.output === 'table') session.io.stdout.write(CLEAR)
    answerReport(session, reportOf(session, [result]), [lab])
    if (result.status === 'passed') return 0
    session.say(session.t('check.watching'))
  }
  session.signal.throwIfAborted()
  return 1
}

const CLEAR = '\u001B[2J\u001B[H'
