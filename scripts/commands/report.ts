import type { Lab } from '../catalog/lab.ts'
import type { LabProgress } from '../progress/progress.ts'
import type { ClassReport } from '../report/class-report.ts'
import { renderClass } from '../report/class-table.ts'
import { renderClassHtml } from '../report/html/class-page.ts'
import { renderJson } from '../report/json.ts'
import { localDate } from '../report/local-date.ts'
import { renderTable } from '../report/table.ts'
import { classReport } from './class-report.ts'
import { readExports, refuseToReplace } from './exported-progress.ts'
import { loadLabs } from './labs.ts'
import { loadProgress } from './learner-progress.ts'
import { titlesOf } from './report-answer.ts'
import { addReportFlag, parseReportTargets, writeReport } from './report-files.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

/** What the learner has done so far, in any environment: to look at, and to hand in; or what a class has handed in. */
export const report: Verb = {
  usage: 'report [file...]',
  group: 'group.labs',
  summary: 'help.report',
  examples: [
    'statelab report',
    'statelab report --report json=anna.json',
    'statelab report anna.json ben.json',
    'statelab report handed-in/*.json --report html=class.html',
  ],
  configure: (command, t) => addReportFlag(command, t, 'flag.reportProgress'),
  run: async (session, input) => {
    const targets = parseReportTargets(input, session, ['json', 'html'])
    refuseToReplace(
      session,
      input.args,
      targets.map(({ path }) => path),
    )
    const labs = await loadLabs(session)
    const { answer, overview, text } = await (input.args.length === 0 ? own(session, labs) : handedIn(session, labs, input.args))
    const { language } = session.settings
    const render = {
      json: () => renderJson(answer),
      html: () => renderClassHtml(overview, { language, title: titlesOf(session, labs) }),
    }
    for (const target of targets) await writeReport(target, render[target.format]())
    session.answer(answer, text)
    return 0
  },
}

interface Findings {
  /** What is written as JSON. */
  readonly answer: object
  readonly overview: ClassReport
  readonly text: () => string
}

/** As JSON it is the progress itself: that is what a learner hands in. */
async function own(session: Session, labs: readonly Lab[]): Promise<Findings> {
  const progress = await loadProgress(session)
  const overview = classReport(idsOf(labs), [{ name: session.t('class.own'), progress }])
  return { answer: progress, overview, text: () => describe(labs, progress.labs, session) }
}

async function handedIn(session: Session, labs: readonly Lab[], files: readonly string[]): Promise<Findings> {
  const overview = classReport(idsOf(labs), await readExports(session, files))
  return { answer: overview, overview, text: () => renderClass(overview, session) }
}

function idsOf(labs: readonly Lab[]): string[] {
  return labs.map(({ id }) => id)
}

function describe(labs: readonly Lab[], done: Readonly<Record<string, LabProgress>>, { t, style }: Session): string {
  const touched = labs.flatMap((lab) => {
    const progress = done[lab.id]
    return progress ? [{ lab, progress }] : []
  })
  if (touched.length === 0) return `${t('report.nothing')}\n`
  const head = [
    ...[t('list.lab'), t('report.tasks'), t('report.passed'), t('report.how')],
    ...[t('report.attempts'), t('report.checks'), t('report.hints'), t('report.solves')],
  ]
  const rows = touched.map(({ lab, progress }) => row(lab, progress, { t, style }))
  const passed = touched.filter(({ progress }) => progress.passedAt !== undefined)
  const byHand = passed.filter(({ progress }) => progress.by === 'hand')
  const total = t('report.total', { passed: passed.length, labs: labs.length, byHand: byHand.length })
  return `${renderTable(head, rows, style)}\n\n${total}\n`
}

function row(lab: Lab, progress: LabProgress, { t, style }: Pick<Session, 't' | 'style'>): string[] {
  const { passedAt, by, attempts, checks, hints, solves } = progress
  const green = lab.tasks.filter(({ id }) => progress.tasks[id]).length
  const how = by === undefined ? '-' : by === 'hand' ? t('report.byHand') : t('report.bySolve')
  return [
    lab.id,
    `${green}/${lab.tasks.length}`,
    passedAt === undefined ? '-' : style('green', localDate(passedAt)),
    how,
    ...[attempts, checks, hints, solves].map(String),
  ]
}
