import type { Translate } from '../../messages/translate.ts'
import type { Status } from '../../runner/result.ts'
import { type Html, html } from './template.ts'

/** A result's mark and, for those who cannot tell marks or colours apart, its word. */
export function statusBadge(status: Status, t: Translate): Html {
  return html`<span class="badge ${status}"><span aria-hidden="true">${MARKS[status]}</span> ${t(`status.${status}`)}</span>`
}

/** The mark alone, for where the word would stand in every line; read aloud it is the word. */
export function statusMark(status: Status, t: Translate): Html {
  return html`<span class="mark ${status}" role="img" aria-label="${t(`status.${status}`)}">${MARKS[status]}</span>`
}

const MARKS: Readonly<Record<Status, string>> = { passed: '✔', failed: '✖', error: '⚠', blocked: '▪', skipped: '▪' }
