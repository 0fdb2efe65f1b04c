import type { Language } from '../../text.ts'
import { type Html, html } from './template.ts'

/** A large number in the head of a page. */
export function number(kind: string, count: number, label: string): Html {
  return html`<div class="${kind} ${count === 0 && 'none'}"><dt>${label}</dt><dd>${count}</dd></div>`
}

/** A circumstance in the head of a page. */
export function fact(label: string, value: string | Html): Html {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`
}

/** @param at ISO 8601. */
export function longDate(at: string, language: Language): string {
  return new Intl.DateTimeFormat(LOCALE[language], {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(new Date(at))
}

const LOCALE = { en: 'en-GB', zh: 'zh-CN' } as const
