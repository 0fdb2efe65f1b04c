import type { CheckResult, LabResult, RunReport, TaskResult } from '../runner/result.ts'
import { describeCheck } from './evidence.ts'

/** JUnit XML as CI servers read it: a lab is a suite, a task is a case, the evidence is the text of a failure. */
export function renderJunit(report: RunReport): string {
  const cases = report.labs.flatMap(casesOf)
  const attributes = `name="statelab ${escapeXml(report.environment)}" ${counts(cases)} time="${inSeconds(report.durationMs)}" timestamp="${report.startedAt}"`
  const suites = report.labs.map(suite).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${attributes}>\n${suites}</testsuites>\n`
}

/** A lab that cannot run here has no tasks to show; one case stands for it, or CI servers would not count it at all. */
function casesOf({ id, status, tasks, reason }: LabResult): readonly Case[] {
  return tasks.length > 0 ? tasks : [{ id, status, checks: [], ...(reason !== undefined && { reason }) }]
}

interface Case extends TaskResult {
  readonly reason?: string
}

function suite(lab: LabResult): string {
  const cases = casesOf(lab)
  const lines = [variantOf(lab), ...cases.map((each) => testCase(lab, each))].join('')
  return `  <testsuite name="${escapeXml(lab.id)}" ${counts(cases)} time="${seconds([lab])}">\n${lines}  </testsuite>\n`
}

/** A property, not a part of the name: a suite is the same one whichever variant was run. */
function variantOf({ variant }: LabResult): string {
  if (variant === undefined) return ''
  return `    <properties><property name="variant" value="${escapeXml(variant)}"/></properties>\n`
}

function testCase(lab: LabResult, task: Case): string {
  const opening = `<testcase classname="${escapeXml(lab.id)}" name="${escapeXml(task.id)}" time="${seconds(task.checks)}"`
  const body = verdict(task)
  return body === '' ? `    ${opening}/>\n` : `    ${opening}>\n${body}    </testcase>\n`
}

function verdict(task: Case): string {
  if (task.status === 'passed') return ''
  const wrong = task.checks.filter((check) => check.status !== 'passed')
  const message = escapeXml(task.reason ?? wrong[0]?.message ?? task.status)
  if (task.status === 'skipped' || task.status === 'blocked') return `      <skipped message="${message}"/>\n`
  const element = task.status === 'error' ? 'error' : 'failure'
  const checks = wrong.map((check: CheckResult) => describeCheck(check).join('\n'))
  const text = escapeXml(checks.length > 0 ? checks.join('\n\n') : (task.reason ?? task.status))
  return `      <${element} message="${message}">${text}</${element}>\n`
}

function counts(tasks: readonly TaskResult[]): string {
  const count = (...statuses: string[]): number => tasks.filter((task) => statuses.includes(task.status)).length
  return `tests="${tasks.length}" failures="${count('failed')}" errors="${count('error')}" skipped="${count('skipped', 'blocked')}"`
}

function seconds(timed: readonly { readonly durationMs: number }[]): string {
  return inSeconds(timed.reduce((total, { durationMs }) => total + durationMs, 0))
}

function inSeconds(ms: number): string {
  return (ms / 1_000).toFixed(3)
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(FORBIDDEN_IN_XML, '\uFFFD')
}

/** Not even as character references: what a container printed may hold them, and a parser would refuse the file. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove.
const FORBIDDEN_IN_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu
