import { createHash } from 'node:crypto'
import type { Language } from '../../text.ts'
import { PAGE_STYLE } from './page-style.ts'
import { type Html, html, trusted } from './template.ts'

export interface PageOptions {
  readonly language: Language
  readonly title: string
  /** Rules after those of every page. */
  readonly style?: string
  readonly script?: string
}

/** One file with all that it shows: it loads nothing, so that it works from a USB stick and as a mail attachment. */
export function renderPage(body: Html, { language, title, style = '', script }: PageOptions): string {
  const page = html`<!doctype html>
<html lang="${HTML_LANGUAGE[language]}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(PAGE_STYLE + style)}</style>
</head>
<body>
${body}
${script !== undefined && html`<script>${trusted(script)}</script>`}
</body>
</html>
`
  return page.text
}

const HTML_LANGUAGE: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' }

/** What others have written is escaped; should a hole ever be found, the browser still runs this script only and loads nothing. */
function policy(script: string | undefined): string {
  const scripts = script === undefined ? "'none'" : `'sha256-${createHash('sha256').update(script).digest('base64')}'`
  return `default-src 'none'; style-src 'unsafe-inline'; script-src ${scripts}; base-uri 'none'; form-action 'none'`
}
