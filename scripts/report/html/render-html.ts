import { createHash } from 'node:crypto'
import { createTranslate, type Translate } from '../../messages/translate.ts'
import type { RunReport } from '../../runner/result.ts'
import type { Language } from '../../text.ts'
import { labSection } from './lab-section.ts'
import { overview } from './overview.ts'
import { PAGE_SCRIPT } from './page-script.ts'
import { PAGE_STYLE } from './page-style.ts'
import { html, trusted } from './template.ts'

export interface HtmlReportOptions {
  readonly language: Language
  /** The title of a lab, or of one of its tasks, in the reader's language. Results carry ids only. */
  readonly title: (labId: string, taskId?: string) => string | undefined
}

/** What the parts of the page are written with. */
export interface Voice extends HtmlReportOptions {
  readonly t: Translate
}

/**
 * One file that shows a run to a person: it loads nothing, so that it works from a USB stick and as a mail attachment,
 * and prints on paper. All that the script does is comfort; the filter and the folding are HTML and CSS.
 */
export function renderHtml(report: RunReport, { language, title }: HtmlReportOptions): string {
  const t = createTranslate(language)
  const voice = { t, language, title }
  const page = html`<!doctype html>
<html lang="${HTML_LANGUAGE[language]}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${t('html.title', { environment: report.environment })}</title>
<style>${trusted(PAGE_STYLE)}</style>
</head>
<body>
${overview(report, voice)}
<main id="labs">
<h2>${t('html.evidence')}</h2>
<div class="tools">
<label><input type="checkbox" id="only-failed"> ${t('html.onlyFailed')}</label>
<button type="button" id="fold" hidden data-open="${t('html.unfoldAll')}" data-close="${t('html.foldAll')}">${t('html.unfoldAll')}</button>
</div>
${report.failed === 0 && html`<p class="nothing">${t('html.noneFailed')}</p>`}
${report.labs.map((lab) => labSection(lab, voice, report.labs.length === 1))}
</main>
<footer>${t('html.footer')}</footer>
<script>${trusted(PAGE_SCRIPT)}</script>
</body>
</html>
`
  return page.text
}

const HTML_LANGUAGE: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' }

/** What a container printed is escaped; should a hole ever be found, the browser still runs this script only and loads nothing. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256').update(PAGE_SCRIPT).digest('base64')}'; base-uri 'none'; form-action 'none'`
