import { stringify } from 'yaml'
import type { CheckResult, LabResult, RunReport, Status, TaskResult } from '../runner/result.ts'

/** TAP version 14 (https://testanything.org): labs, tasks in them and checks in those, as nested subtests. */
export function renderTap(report: RunReport): string {
  return `${['TAP version 14', ...plan(report.labs, labPoint)].join('\n')}\n`
}

function labPoint(lab: LabResult, number: number): string[] {
  const variant = lab.variant === undefined ? [] : [`# Variant: ${lab.variant}`]
  const tasks = lab.tasks.length === 0 ? [] : [`# Subtest: ${lab.id}`, ...indented([...variant, ...plan(lab.tasks, taskPoint)])]
  const line = point(lab, number, lab.reason)
  return isSkipped(lab.status) || lab.reason === undefined
    ? [...tasks, line]
    : [...tasks, line, ...diagnostics({ message: lab.reason })]
}

function taskPoint(task: TaskResult, number: number): string[] {
  const why = task.checks.find(({ status }) => status !== 'passed')?.message
  return [`# Subtest: ${task.id}`, ...indented(plan(task.checks, checkPoint)), point(task, number, why)]
}

function checkPoint(check: CheckResult, number: number): string[] {
  const line = point(check, number, check.message)
  if (isSkipped(check.status)) return [line]
  const { message, durationMs, evidence } = check
  return [line, ...diagnostics({ message, durationMs: Math.round(durationMs), evidence })]
}

function diagnostics(facts: object): string[] {
  const yaml = stringify(facts, { lineWidth: 0 }).trimEnd().split('\n')
  return ['  ---', ...yaml.map((text) => `  ${text}`), '  ...']
}

function plan<T>(results: readonly T[], write: (result: T, number: number) => string[]): string[] {
  return [`1..${results.length}`, ...results.flatMap((result, index) => write(result, index + 1))]
}

/** @param why told where a result was skipped. */
function point(
  { id, status }: { readonly id: string; readonly status: Status },
  number: number,
  why: string | undefined,
): string {
  const verdict = status === 'passed' || isSkipped(status) ? 'ok' : 'not ok'
  return `${verdict} ${number} - ${id}${isSkipped(status) ? ` # SKIP ${(why ?? status).replaceAll(/\s+/g, ' ')}` : ''}`
}

/** A blocked result is no verdict of its own: what blocks it is red already. */
function isSkipped(status: Status): boolean {
  return status === 'skipped' || status === 'blocked'
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `    ${line}`)
}
