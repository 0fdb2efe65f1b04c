import type { Translate } from '../../messages/translate.ts'
import type { ClassReport, LearnerSum, Mark } from '../class-report.ts'
import { LEARNER_HEAD, learnerRow } from '../class-table.ts'
import type { Voice } from './render-html.ts'
import { type Html, html } from './template.ts'

/** Every learner in a row and every lab that anybody has started in a column. The sums come first: the labs may be wider than the window. */
export function matrix(report: ClassReport, voice: Voice): Html {
  const { learners, labs, total } = report
  const { t, title } = voice
  const [name, ...numbers] = LEARNER_HEAD
  return html`${labs.length > 0 && legend(t)}
<div class="wide" role="region" aria-labelledby="learners" tabindex="0">
<table class="matrix">
<thead><tr><th scope="col">${t(name)}</th>${numbers.map((key) => html`<th scope="col">${t(key)}</th>`)}${labs.map(
    ({ id }) => html`<th scope="col" class="lab-name" title="${title(id) ?? id}"><span>${id}</span></th>`,
  )}</tr></thead>
<tbody>
${learners.map((learner) => row(learner, { report, t }))}</tbody>
${labs.length > 0 && html`<tfoot><tr><th scope="row">${t('class.sum')}</th><td class="count" colspan="${numbers.length}">${passes(learners)}/${learners.length * total}</td>${labs.map(({ passed }) => html`<td>${passed}</td>`)}</tr></tfoot>`}
</table>
</div>`
}

function row(learner: LearnerSum, { report, t }: { readonly report: ClassReport; readonly t: Translate }): Html {
  const [name, ...numbers] = learnerRow(learner, report.total)
  return html`<tr><th scope="row" title="${name}">${name}</th>${numbers.map(
    (value) => html`<td class="count">${value}</td>`,
  )}${report.labs.map(({ id }) => html`<td>${markOf(learner.labs[id] ?? 'untouched', t)}</td>`)}</tr>
`
}

type Look = Mark | 'untouched'

function legend(t: Translate): Html {
  const looks = Object.keys(MARKS) as Look[]
  return html`<p class="legend">${looks.map((look) => html`<span class="${look}"><span class="mark" aria-hidden="true">${MARKS[look]}</span> ${t(WORDS[look])}</span> `)}</p>`
}

/** Read aloud, and where colours cannot be told apart, it is a word or another shape. */
function markOf(look: Look, t: Translate): Html {
  return html`<span class="mark ${look}" role="img" aria-label="${t(WORDS[look])}">${MARKS[look]}</span>`
}

const MARKS: Readonly<Record<Look, string>> = { hand: '✔', solve: '◆', started: '▸', untouched: '·' }

const WORDS = {
  hand: 'report.byHand',
  solve: 'report.bySolve',
  started: 'state.started',
  untouched: 'state.untouched',
} as const satisfies Readonly<Record<Look, string>>

function passes(learners: readonly LearnerSum[]): number {
  return learners.reduce((all, { passed }) => all + passed, 0)
}
