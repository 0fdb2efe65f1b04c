import { createTranslate } from '../../messages/translate.ts'
import type { ClassReport } from '../class-report.ts'
import { shareBar } from './bar.ts'
import { CLASS_STYLE } from './class-style.ts'
import { fact, longDate, number } from './facts.ts'
import { matrix } from './matrix.ts'
import { renderPage } from './page.ts'
import type { HtmlReportOptions, Voice } from './render-html.ts'
import { type Html, html } from './template.ts'

/** The page that shows a teacher what each learner has done, and where the class is stuck. It needs no script. */
export function renderClassHtml(report: ClassReport, { language, title }: HtmlReportOptions): string {
  const voice = { t: createTranslate(language), language, title }
  const { t } = voice
  const isEmpty = report.labs.length === 0
  const body = html`${head(report, voice)}
<main>
<h2 id="learners">${t('class.learners')}</h2>
${matrix(report, voice)}
<h2>${t('class.labs')}</h2>
${isEmpty ? html`<p>${t('class.nothing')}</p>` : labTable(report, voice)}
${report.otherLabs.length > 0 && html`<p class="others">${t('class.others', { labs: report.otherLabs.join(', ') })}</p>`}
</main>
<footer>${t('class.footer')}</footer>`
  return renderPage(body, { language, title: t('class.title'), style: CLASS_STYLE })
}

function head({ learners, labs, total }: ClassReport, { t, language }: Voice): Html {
  const sum = (what: 'byHand' | 'withSolve'): number => learners.reduce((all, learner) => all + learner[what], 0)
  const started = labs.reduce((all, lab) => all + lab.started, 0)
  const last = learners
    .flatMap(({ lastActivityAt }) => lastActivityAt ?? [])
    .sort()
    .at(-1)
  const [first] = learners
  const verdict =
    learners.length === 1 && first
      ? t('html.verdict', { passed: first.passed, total })
      : t('class.verdict', { learners: learners.length })
  return html`<header class="page-head passed">
<h1>${t('class.title')}</h1>
<p class="verdict">${verdict}</p>
<dl class="numbers">
${number('hand', sum('byHand'), t('report.byHand'))}
${number('solve', sum('withSolve'), t('report.bySolve'))}
${number('started', started, t('state.started'))}
</dl>
<dl class="facts">
${fact(t('class.labsStarted'), `${labs.length}/${total}`)}
${last !== undefined && fact(t('class.lastActivity'), html`<time datetime="${last}">${longDate(last, language)}</time>`)}
</dl>
</header>`
}

function labTable({ learners, labs }: ClassReport, { t, title }: Voice): Html {
  return html`<table class="labs">
<thead><tr><th scope="col">${t('html.lab')}</th><th scope="col">${t('class.byHand')}</th><th scope="col">${t('class.started')}</th><th scope="col">${t('class.passed')}</th></tr></thead>
<tbody>
${labs.map(
  ({ id, passed, byHand, started }) => html`<tr>
<th scope="row">${title(id) ?? id} <span class="id">${id}</span></th>
<td class="count" data-label="${t('class.byHand')}">${byHand}</td>
<td class="count" data-label="${t('class.started')}">${started}</td>
<td>${shareBar(passed, learners.length)}</td>
</tr>
`,
)}</tbody>
</table>`
}
