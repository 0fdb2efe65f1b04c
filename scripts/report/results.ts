import type { Translate } from '../messages/translate.ts'
import type { CheckResult, LabResult, RunReport, Status, TaskResult } from '../runner/result.ts'
import { formatDuration } from '../wait/duration.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'

export interface ResultsOptions {
  readonly t: Translate
  readonly style: Style
  /** The title of a lab, or of one of its tasks, in the reader's language. Results carry ids only. */
  readonly title: (labId: string, taskId?: string) => string | undefined
}

/** The report a person reads: each lab, task and check with its mark, its time, and what was expected and seen. */
export function renderResults(report: RunReport, options: ResultsOptions): string {
  const lines = report.labs.flatMap((lab) => [...labLines(lab, options), ''])
  return `${[...lines, summary(report, options)].join('\n')}\n`
}

function labLines(lab: LabResult, options: ResultsOptions): string[] {
  const { style, title, t } = options
  const heading = `${style('bold', labName(lab, t))}${after(title(lab.id))}`
  const reason = lab.reason === undefined ? '' : `: ${lab.reason}`
  const verdict = colored(lab.status, `${t(`status.${lab.status}`)}${reason}`, style)
  return [
    `${mark(lab.status, style)} ${heading}  ${verdict} ${time(lab.durationMs, style)}`,
    ...lab.tasks.flatMap((task) => taskLines(lab, task, options)),
  ]
}

/** A lab's id, and which of its variants was run. */
export function labName({ id, variant }: Pick<LabResult, 'id' | 'variant'>, t: Translate): string {
  return variant === undefined ? id : t('report.variant', { lab: id, variant })
}

function taskLines(lab: LabResult, task: TaskResult, options: ResultsOptions): string[] {
  const { style, title, t } = options
  const why = task.status === 'blocked' || task.status === 'skipped' ? `  ${style('dim', t(`status.${task.status}`))}` : ''
  return [
    `  ${mark(task.status, style)} ${task.id}${after(title(lab.id, task.id))}${why}`,
    ...task.checks.flatMap((check) => checkLines(check, options)),
  ]
}

/** A check with its evidence below it. */
export function checkLines(check: CheckResult, { style, t }: Pick<ResultsOptions, 'style' | 't'>): string[] {
  const names = aligned([t('report.expected'), t('report.observed'), t('report.command')])
  const evidence = byCommand(check.evidence).flatMap(({ expected, observed, command }) => [
    ...field(names[0], printable(expected), style),
    ...field(names[1], printable(observed), style),
    ...field(names[2], style('cyan', printable(command)), style),
  ])
  return [`    ${mark(check.status, style)} ${printable(check.message)} ${time(check.durationMs, style)}`, ...evidence]
}

type Evidence = CheckResult['evidence'][number]

/** Facts that one command shows stand together: the command is told once. */
function byCommand(evidence: readonly Evidence[]): Evidence[] {
  const groups: Evidence[] = []
  for (const next of evidence) {
    const last = groups.at(-1)
    const isBlock = [last, next].some((each) => each?.expected.includes('\n') || each?.observed.includes('\n'))
    if (last?.command !== next.command || isBlock) groups.push(next)
    else
      groups[groups.length - 1] = {
        ...next,
        expected: `${last.expected}, ${next.expected}`,
        observed: `${last.observed}, ${next.observed}`,
      }
  }
  return groups
}

function aligned<const Names extends readonly string[]>(names: Names): Names {
  const width = Math.max(...names.map((name) => name.length))
  return names.map((name) => name.padEnd(width)) as readonly string[] as Names
}

/** Values of several lines (a file, an INFO block) keep their shape under their first line. */
function field(name: string, value: string, style: Style): string[] {
  const [first = '', ...rest] = value.trimEnd().split('\n')
  const indent = ' '.repeat(8)
  return [`${indent}${style('dim', name)} ${first}`, ...rest.map((line) => `${indent}  ${line}`)]
}

function summary(report: RunReport, { t, style }: ResultsOptions): string {
  const { passed, failed, skipped, environment } = report
  const text =
    skipped === 0
      ? t('report.summary', { passed, failed, environment })
      : t('report.summaryWithSkipped', { passed, failed, skipped, environment })
  return style(report.failed === 0 ? 'green' : 'red', text)
}

const MARKS: Readonly<Record<Status, string>> = { passed: '✔', failed: '✖', error: '✖', blocked: '▪', skipped: '▪' }

export function mark(status: Status, style: Style): string {
  return colored(status, MARKS[status], style)
}

function colored(status: Status, text: string, style: Style): string {
  if (status === 'passed') return style('green', text)
  return status === 'failed' || status === 'error' ? style('red', text) : style('dim', text)
}

function after(title: string | undefined): string {
  return title === undefined ? '' : `: ${title}`
}

function time(durationMs: number, style: Style): string {
  return style('dim', `(${formatDuration(durationMs)})`)
}
