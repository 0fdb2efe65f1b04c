import type { LabResult, RunReport } from '../../runner/result.ts'
import { formatDuration } from '../../wait/duration.ts'
import { printable } from '../printable.ts'
import { labName } from '../results.ts'
import { timeBar } from './bar.ts'
import { fact, longDate, number } from './facts.ts'
import { labAnchor } from './lab-section.ts'
import type { Voice } from './render-html.ts'
import { statusBadge } from './status.ts'
import { type Html, html } from './template.ts'

/** The head of the page: the verdict in a sentence, the numbers, the circumstances, and every lab in a line. */
export function overview(report: RunReport, voice: Voice): Html {
  const { t } = voice
  const total = report.labs.length
  const errors = report.labs.filter(({ status }) => status === 'error').length
  const verdict = report.failed > 0 ? 'failed' : report.passed > 0 ? 'passed' : 'skipped'
  return html`<header class="page-head ${verdict}">
<a class="skip" href="#labs">${t('html.skipToLabs')}</a>
<h1>${t('html.title', { environment: report.environment })}</h1>
<p class="verdict">${t('html.verdict', { passed: report.passed, total })}</p>
<dl class="numbers">
${number('passed', report.passed, t('status.passed'))}
${number('failed', report.failed - errors, t('status.failed'))}
${errors > 0 && number('error', errors, t('status.error'))}
${number('skipped', report.skipped, t('status.skipped'))}
</dl>
<dl class="facts">
${fact(t('html.date'), html`<time datetime="${report.startedAt}">${longDate(report.startedAt, voice.language)}</time>`)}
${fact(t('html.duration'), formatDuration(report.durationMs))}
${fact(t('html.environment'), report.environment)}
${report.kubernetes !== undefined && fact('Kubernetes', report.kubernetes)}
</dl>
</header>
<section aria-labelledby="overview">
<h2 id="overview">${t('html.overview')}</h2>
<table class="labs">
<thead><tr><th scope="col">${t('html.lab')}</th><th scope="col">${t('html.result')}</th><th scope="col">${t('html.tasks')}</th><th scope="col">${t('html.time')}</th></tr></thead>
<tbody>
${report.labs.map((lab) => row(lab, longest(report.labs), voice))}
</tbody>
</table>
</section>`
}

function row(lab: LabResult, longestMs: number, { t, title }: Voice): Html {
  const green = lab.tasks.filter(({ status }) => status === 'passed').length
  const tasks = lab.tasks.length === 0 ? '–' : `${green}/${lab.tasks.length}`
  return html`<tr>
<th scope="row"><a href="#${labAnchor(lab)}">${title(lab.id) ?? labName(lab, t)}</a>${title(lab.id) !== undefined && html` <span class="id">${labName(lab, t)}</span>`}</th>
<td>${statusBadge(lab.status, t)}${lab.status === 'skipped' && lab.reason !== undefined && html`<div class="reason">${printable(lab.reason)}</div>`}</td>
<td class="count">${tasks}</td>
<td>${timeBar(lab.durationMs, longestMs)}</td>
</tr>
`
}

function longest(labs: readonly LabResult[]): number {
  return Math.max(0, ...labs.map(({ durationMs }) => durationMs))
}
