import type { Lab } from '../catalog/lab.ts'
import { badInput } from '../errors.ts'
import type { Progress } from '../progress/progress.ts'
import { displayWidth, padTo, wrapText } from '../report/wrap.ts'
import type { LabState } from '../runner/lab-state.ts'
import { labStateMark, labStateWord } from './lab-state.ts'
import { loadLabs } from './labs.ts'
import { loadProgress } from './learner-progress.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

export const list: Verb = {
  usage: 'list',
  group: 'group.labs',
  summary: 'help.list',
  examples: ['statelab list', 'statelab list --track redis', 'statelab list -o json', 'statelab list --labs ./my-labs'],
  configure: (command, t) => command.option('--track <track>', t('flag.track')),
  run: async (session, { options }) => {
    const { engine, settings, signal } = session
    const labs = ofTrack(await loadLabs(session), options.track as string | undefined, session)
    const [states, progress] = await Promise.all([engine.labStates(settings.environment, signal), loadProgress(session)])
    const rows = labs.map((lab) => ({ lab, state: stateOf(lab, progress, states), by: progress.labs[lab.id]?.by }))
    session.answer({ labs: rows.map((row) => record(row, session)) }, () => describe(rows, session))
    return 0
  },
}

interface Row {
  readonly lab: Lab
  readonly state: LabState
  readonly by: 'hand' | 'solve' | undefined
}

/** What was passed once stays passed, whatever has become of its environment. */
function stateOf({ id }: Lab, progress: Progress, states: ReadonlyMap<string, LabState>): LabState {
  return progress.labs[id]?.passedAt === undefined ? (states.get(id) ?? 'untouched') : 'passed'
}

function ofTrack(labs: readonly Lab[], track: string | undefined, { t }: Session): readonly Lab[] {
  const found = track === undefined ? labs : labs.filter((lab) => lab.track === track)
  if (found.length > 0) return found
  const tracks = [...new Set(labs.map((lab) => lab.track))]
  throw badInput(t('error.unknownTrack', { track: JSON.stringify(track) }), t('error.useOneOf', { values: tracks.join(', ') }))
}

function record({ lab, state }: Row, { settings }: Session): object {
  const { id, track, title, minutes, requires = {} } = lab
  return { id, track, title: title[settings.language], minutes, state, requires: { kubernetes: lab.kubernetes, ...requires } }
}

function describe(rows: readonly Row[], session: Session): string {
  const { t } = session
  const tracks = [...Map.groupBy(rows, ({ lab }) => lab.track)]
  const sections = tracks.map(([track, labs]) => section(track, labs, { width: longestId(rows), session }))
  const minutes = rows.filter(({ state }) => state !== 'passed').reduce((sum, { lab }) => sum + lab.minutes, 0)
  const total = t('list.total', { passed: countPassed(rows), labs: rows.length })
  return `${sections.join('\n')}\n${total}${minutes === 0 ? '' : t('list.left', { time: hours(minutes, session) })}\n`
}

function section(track: string, rows: readonly Row[], { width, session }: { width: number; session: Session }): string {
  const { t, style } = session
  const count = style('dim', t('list.count', { passed: countPassed(rows), labs: rows.length }))
  return `${style('bold', track)}  ${count}\n${rows.map((row) => line(row, { width, session })).join('')}`
}

/** One line where there is room, else the title below the id. */
function line({ lab, state, by }: Row, { width, session }: { width: number; session: Session }): string {
  const { t, style, settings, io } = session
  const head = `  ${labStateMark(state, session)} ${padTo(lab.id, width)}  ${style('dim', padTo(t('list.minutes', { minutes: lab.minutes }), 6))}`
  const note = state === 'untouched' ? '' : `  ${labStateWord(state, session, by)}`
  const title = lab.title[settings.language]
  const columns = io.stdout.columns ?? Number.POSITIVE_INFINITY
  const whole = `${head}  ${title}${note}`
  if (displayWidth(whole) <= columns) return `${whole}\n`
  const titled = wrapText(title, Math.max(20, columns - 4)).map((text) => `    ${text}\n`)
  return `${head}${note}\n${titled.join('')}`
}

function longestId(rows: readonly Row[]): number {
  return Math.max(...rows.map(({ lab }) => lab.id.length))
}

function countPassed(rows: readonly Row[]): number {
  return rows.filter(({ state }) => state === 'passed').length
}

function hours(minutes: number, { t }: Session): string {
  return minutes < 60
    ? t('list.minutes', { minutes })
    : t('list.hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 })
}
