import type { CheckResult, LabResult, Status, TaskResult } from '../../runner/result.ts'
import { exhibits, type Exhibit } from '../evidence.ts'
import { printable } from '../printable.ts'
import { labName } from '../results.ts'
import { timeBar } from './bar.ts'
import type { Voice } from './render-html.ts'
import { statusBadge, statusMark } from './status.ts'
import { type Html, html } from './template.ts'

/** Where a lab's section is found in the page. */
export function labAnchor({ id }: Pick<LabResult, 'id'>): string {
  return `lab-${id}`
}

/**
 * A lab with its tasks, their checks and the evidence of each. What failed is unfolded; the rest is a click away.
 * @param isAlone the only lab of the report is unfolded, too.
 */
export function labSection(lab: LabResult, voice: Voice, isAlone: boolean): Html {
  const { t, title } = voice
  return html`<details class="lab ${lab.status}" id="${labAnchor(lab)}" ${openWhere(isAlone || isRed(lab.status) || lab.tasks.length === 0)}>
<summary>
${statusMark(lab.status, t)}
<h3>${titleAndId(title(lab.id), labName(lab, t))}</h3>
${statusBadge(lab.status, t)}
${timeBar(lab.durationMs, lab.durationMs)}
</summary>
${lab.reason !== undefined && html`<p class="reason">${printable(lab.reason)}</p>`}
${lab.tasks.length > 0 && html`<ol class="tasks">${lab.tasks.map((task) => taskItem(lab, task, voice))}${restOf(lab, voice)}</ol>`}
</details>
`
}

function taskItem(lab: LabResult, task: TaskResult, voice: Voice): Html {
  const { t, title } = voice
  return html`<li class="task ${task.status}">
<div class="line">${statusMark(task.status, t)}
<h4>${titleAndId(title(lab.id, task.id), task.id)}</h4>
${timeBar(timeOf(task.checks), lab.durationMs)}</div>
<ul class="checks">${task.checks.map((check) => checkItem(check, voice))}</ul>
</li>
`
}

/** Most of a lab's time goes by before its checks: Pods start, and what is left is removed. */
function restOf(lab: LabResult, { t }: Voice): Html | undefined {
  const rest = lab.durationMs - timeOf(lab.tasks.flatMap(({ checks }) => checks))
  if (rest < 1_000) return undefined
  return html`<li class="rest"><div class="line"><span>${t('html.rest')}</span>${timeBar(rest, lab.durationMs)}</div></li>`
}

function checkItem(check: CheckResult, voice: Voice): Html {
  const { t } = voice
  const message = html`${statusMark(check.status, t)} <span class="message">${printable(check.message)}</span>`
  if (check.evidence.length === 0) return html`<li class="check ${check.status}"><div class="line">${message}</div></li>\n`
  return html`<li class="check ${check.status}"><details ${openWhere(isRed(check.status))}>
<summary>${message}</summary>
<table class="evidence"><thead><tr><th scope="col">${t('report.expected')}</th><th scope="col">${t('report.observed')}</th></tr></thead>
${exhibits(check.evidence).map((exhibit) => exhibitRows(exhibit, voice))}</table>
</details></li>
`
}

function exhibitRows({ command, facts }: Exhibit, { t }: Voice): Html {
  return html`<tbody>
${facts.map(({ expected, observed }) => html`<tr><td>${printable(expected)}</td><td>${printable(observed)}</td></tr>\n`)}
<tr><td colspan="2" class="command">${t('report.command')} <code>${printable(command)}</code></td></tr>
</tbody>
`
}

function titleAndId(title: string | undefined, id: string): Html {
  return title === undefined ? html`${id}` : html`${title} <span class="id">${id}</span>`
}

function openWhere(condition: boolean): string {
  return condition ? 'open' : ''
}

function isRed(status: Status): boolean {
  return status === 'failed' || status === 'error'
}

function timeOf(checks: readonly CheckResult[]): number {
  return checks.reduce((total, { durationMs }) => total + durationMs, 0)
}
