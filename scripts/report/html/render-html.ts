import { createTranslate, type Translate } from '../../messages/translate.ts'
import type { RunReport } from '../../runner/result.ts'
import type { Language } from '../../text.ts'
import { labSection } from './lab-section.ts'
import { overview } from './overview.ts'
import { renderPage } from './page.ts'
import { PAGE_SCRIPT } from './page-script.ts'
import { html } from './template.ts'

export interface HtmlReportOptions {
  readonly language: Language
  /** The title of a lab, or of one of its tasks, in the reader's language. Results carry ids only. */
  readonly title: (labId: string, taskId?: string) => string | undefined
}

/** What the parts of the page are written with. */
export interface Voice extends HtmlReportOptions {
  readonly t: Translate
}

/** The page that shows a run to a person. All that its script does is comfort; the filter and the folding are HTML and CSS. */
export function renderHtml(report: RunReport, { language, title }: HtmlReportOptions): string {
  const t = createTranslate(language)
  const voice = { t, language, title }
  const body = html`${overview(report, voice)}
<main id="labs">
<h2>${t('html.evidence')}</h2>
<div class="tools">
<label><input type="checkbox" id="only-failed"> ${t('html.onlyFailed')}</label>
<button type="button" id="fold" hidden data-open="${t('html.unfoldAll')}" data-close="${t('html.foldAll')}">${t('html.unfoldAll')}</button>
</div>
${report.failed === 0 && html`<p class="nothing">${t('html.noneFailed')}</p>`}
${report.labs.map((lab) => labSection(lab, voice, report.labs.length === 1))}
</main>
<footer>${t('html.footer')}</footer>`
  return renderPage(body, { language, title: t('html.title', { environment: report.environment }), script: PAGE_SCRIPT })
}
