import type { Lab } from '../catalog/lab.ts'
import { loadLab } from './labs.ts'
import { needEnvironment } from './need-environment.ts'
import { answerReport, reportOf } from './report-answer.ts'
import { addReportFlag, parseReportTargets, writeReports } from './report-files.ts'
import { reportWork } from './report-work.ts'
import type { Session } from './session.ts'
import type { Input, Verb } from './verb.ts'

export const check: Verb = {
  usage: 'check <lab>',
  group: 'group.labs',
  summary: 'help.check',
  examples: [
    'statelab check redis-persistence',
    'statelab check redis-persistence --watch',
    'statelab check redis-persistence -o json',
    'statelab check redis-persistence --report html=report.html',
  ],
  configure: (command, t) => addReportFlag(command.option('--watch', t('flag.watch')), t),
  run: async (session, input) => {
    const lab = await loadLab(session, input.args[0] ?? '')
    if (input.options.watch === true) return watch(session, lab, input)
    return reportWork(session, input, { labs: [lab], passing: true }, async (work) => [
      await session.engine.checkLab(session.settings.environment, lab, work),
    ])
  },
}

/** Writes the report anew whenever it has changed, until every task is green. */
async function watch(session: Session, lab: Lab, input: Input): Promise<number> {
  const targets = parseReportTargets(input, session)
  await session.work((emit, signal) => needEnvironment(session, { emit, signal }))
  const work = { emit: () => {}, signal: session.signal, language: session.settings.language }
  for await (const result of session.engine.watchLab(session.settings.environment, lab, work)) {
    if (session.io.stdout.isTerminal && session.settings.output === 'table') session.io.stdout.write(CLEAR)
    const report = reportOf(session, [result])
    answerReport(session, report, [lab])
    await writeReports(report, targets, session, [lab])
    if (result.status === 'passed') return 0
    session.say(session.t('check.watching'))
  }
  session.signal.throwIfAborted()
  return 1
}

const CLEAR = '\u001B[2J\u001B[H'
