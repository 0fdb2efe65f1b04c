import { describe, expect, it } from 'vitest'
import type { ClassReport } from '../../../../scripts/report/class-report.ts'
import { renderClassHtml } from '../../../../scripts/report/html/class-page.ts'
import type { Language } from '../../../../scripts/text.ts'
import { CLASS } from '../sample-class.ts'

function render(report: ClassReport = CLASS, language: Language = 'en'): string {
  return renderClassHtml(report, { language, title: (lab) => (lab === 'quota' ? 'A quota for storage' : undefined) })
}

/** The cells of one learner, as they are read aloud. */
function row(page: string, name: string): string[] {
  const [, cells = ''] = new RegExp(`<th scope="row"[^>]*>${name}</th>(.*)</tr>`).exec(page) ?? []
  return [...cells.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell = '']) => /aria-label="([^"]*)"/.exec(cell)?.[1] ?? cell)
}

describe('the page of a class', () => {
  it('shows for each learner the sums, and how far every lab is', () => {
    const page = render()
    expect(row(page, 'anna').toSpliced(5, 1)).toEqual(['2/35', '1', '1', '3', '4', 'by hand', 'with solve'])
    expect(row(page, 'ben').toSpliced(5, 1)).toEqual(['0/35', '0', '0', '5', '1', 'started', 'untouched'])
    expect(row(page, '陈晓明')).toEqual(['0/35', '0', '0', '0', '0', '-', 'untouched', 'untouched'])
    expect(row(page, 'Passed by')).toEqual(['2/105', '1', '1'])
  })

  it('has as many cells in every row of the matrix as it has columns, but for the sums', () => {
    const [, table = ''] = /<table class="matrix">([\s\S]*?)<\/table>/.exec(render()) ?? []
    const [, ...rows] = table.split('<tr>').map((text) => text.match(/<t[hd]/g)?.length ?? 0)
    expect(rows).toEqual([9, 9, 9, 9, 4])
  })

  it('shows how many of the class have passed a lab, by its title', () => {
    expect(render()).toMatch(
      /A quota for storage <span class="id">quota<\/span><\/th>\s*<td class="count" data-label="By hand">1<[\s\S]*?>1\/3</,
    )
  })

  it('tells of a single learner how many labs of the course are passed', () => {
    const alone = render({ ...CLASS, learners: CLASS.learners.slice(0, 1) })
    expect(alone).toContain('<p class="verdict">2 of 35 labs passed</p>')
    expect(render()).toContain('<p class="verdict">A class of 3</p>')
  })

  it('needs no lab, and says that there is none', () => {
    const page = render({ ...CLASS, labs: [] })
    expect(page).toContain('Nobody has started a lab yet.')
    expect(page).not.toContain('<tfoot>')
  })

  it('loads nothing and runs no script', () => {
    const page = render()
    expect(page.match(/https?:|\bsrc=|\bhref=|@import|url\(|<link|<script/g)).toBeNull()
    expect(page).toContain('default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; script-src &#39;none&#39;')
  })

  it('takes the names of files and labs for text', () => {
    const evil = '"><script>alert(1)</script>'
    const [first] = CLASS.learners
    const page = render({ ...CLASS, learners: [{ ...first!, name: evil }], otherLabs: [evil] })
    expect(page).not.toContain('<script')
    expect(page.split('&#34;&#62;&#60;script&#62;alert(1)')).toHaveLength(4)
  })

  it('speaks Chinese, and says so to the browser', () => {
    const page = render(CLASS, 'zh')
    expect(page).toContain('<html lang="zh-CN">')
    expect(page).toContain('全班 3 人')
    expect(page).not.toMatch(/>(Learner|Passed|Labs|by hand)</)
  })
})
