import type { Translate } from '../messages/translate.ts'
import type { LabResult, TaskResult } from '../runner/result.ts'
import { checkLines, mark } from './results.ts'
import type { Style } from './style.ts'
import { displayWidth, padTo, wrapText } from './wrap.ts'

/** What a watching learner sees. */
export interface WatchView {
  readonly id: string
  readonly title: string
  readonly taskTitles: ReadonlyMap<string, string>
  /** `undefined` before the first look. */
  readonly result: LabResult | undefined
  /** What tasks that have turned green while watching have taught, the latest last. */
  readonly learned: readonly { readonly task: string; readonly text: string }[]
  readonly hint: { readonly task: string; readonly text: string; readonly number: number; readonly of: number } | undefined
  /** What is being done at the learner's request. */
  readonly busy: string | undefined
  /** Whether keys are read. */
  readonly keys: boolean
}

export interface FrameOptions {
  readonly t: Translate
  readonly style: Style
  readonly columns: number
  readonly rows: number
}

/** The watched lab as lines that fit the terminal: what matters least goes first where there is no room. */
export function renderWatch(view: WatchView, options: FrameOptions): string[] {
  const { rows, columns } = options
  const head = [...renderTasks(view, options), '']
  const foot = footer(view, options)
  const told = [...hintLines(view, options), ...learnedLines(view, options)]
  const open = openTask(view)
  const details = open ? detailLines(open, options) : []
  const room = Math.max(0, rows - head.length - foot.length)
  const body = [cut(details, room - told.length, options), told].flat()
  const lines = [...head, ...cut(body, room, options), ...foot]
  return lines.slice(0, rows).flatMap((line) => (displayWidth(line) > columns ? (wrapText(line, columns)[0] ?? '') : line))
}

/** The lab and its tasks, without anything more. */
export function renderTasks(
  { id, title, taskTitles, result }: WatchView,
  { t, style, columns }: Pick<FrameOptions, 't' | 'style' | 'columns'>,
): string[] {
  const tasks = result?.tasks ?? []
  const green = tasks.filter(({ status }) => status === 'passed').length
  const count = t('watch.count', { green, tasks: taskTitles.size })
  const width = Math.max(...[...taskTitles.keys()].map((task) => task.length), 0)
  return [
    ...wrapText(`${style('bold', id)}: ${title}  ${style(green === taskTitles.size ? 'green' : 'dim', count)}`, columns),
    ...[...taskTitles].flatMap(([task, taskTitle]) => {
      const status = tasks.find((each) => each.id === task)?.status
      const begin = `${status ? mark(status, style) : style('dim', '·')} ${padTo(task, width)}  `
      return hanging(begin, status === 'passed' ? style('dim', taskTitle) : taskTitle, columns)
    }),
  ]
}

/** The task to work on: the first that is not green. */
function openTask({ result }: WatchView): TaskResult | undefined {
  return result?.tasks.find(({ status }) => status !== 'passed')
}

/** What keeps it from being green, with the evidence. */
function detailLines({ checks }: TaskResult, { columns, ...options }: FrameOptions): string[] {
  const check = checks.find(({ status }) => status !== 'passed')
  if (!check) return []
  return [...checkLines(check, options).flatMap((line) => hanging(indentOf(line), line.trimStart(), columns)), '']
}

function hintLines({ hint }: WatchView, { t, style, columns }: FrameOptions): string[] {
  if (!hint) return []
  const { task, text, number, of } = hint
  const title = t('watch.hint', { task, number, of })
  return [style('yellow', title), ...hanging('  ', text, columns), '']
}

function learnedLines({ learned }: WatchView, { t, style, columns }: FrameOptions): string[] {
  const latest = learned.at(-1)
  if (!latest) return []
  return [style('green', t('learned.title', { task: latest.task })), ...hanging('  ', latest.text, columns), '']
}

function footer(view: WatchView, { t, style, columns }: FrameOptions): string[] {
  if (view.busy !== undefined) return [style('cyan', wrapText(`… ${view.busy}`, columns)[0] ?? '')]
  if (!view.result) return [style('dim', t('watch.looking'))]
  if (!view.keys) return [style('dim', t('watch.footerWithoutKeys'))]
  const isShown = openTask(view)?.checks.some(({ status }) => status === 'skipped') ?? false
  return wrapText(style('dim', isShown ? t('watch.footerProbe') : t('watch.footer')), columns)
}

/** Keeps the beginning, and says that there is more. */
function cut(lines: readonly string[], room: number, { t, style }: FrameOptions): readonly string[] {
  if (lines.length <= room) return lines
  return room < 2 ? [] : [...lines.slice(0, room - 1), style('dim', t('watch.more', { lines: lines.length - room + 1 }))]
}

function hanging(begin: string, text: string, columns: number): string[] {
  const width = displayWidth(begin)
  // Where the terminal is very narrow the text matters more than its place.
  const indent = columns - width < 20 ? 2 : width
  const [first = '', ...rest] = wrapText(text, columns - width < 20 ? Math.max(8, columns - 2) : columns - width)
  return [`${begin}${first}`, ...rest.map((line) => `${' '.repeat(indent)}${line}`)]
}

function indentOf(line: string): string {
  return /^ */.exec(line)?.[0] ?? ''
}
