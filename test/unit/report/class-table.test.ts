import { describe, expect, it } from 'vitest'
import { createTranslate } from '../../../scripts/messages/translate.ts'
import type { ClassReport } from '../../../scripts/report/class-report.ts'
import { renderClass } from '../../../scripts/report/class-table.ts'
import { createStyle } from '../../../scripts/report/style.ts'
import type { Language } from '../../../scripts/text.ts'
import { CLASS } from './sample-class.ts'

function render(report: ClassReport = CLASS, language: Language = 'en'): string {
  return renderClass(report, { t: createTranslate(language), style: createStyle(false) })
}

describe('the table of a class', () => {
  it('has a line per learner and, below, a line per lab', () => {
    const day = '2026-11-2\\d \\d\\d:00'
    const lines = [
      'LEARNER   PASSED   BY HAND   WITH SOLVE   HINTS   ATTEMPTS   LAST ACTIVITY',
      `anna      2/35     1         1            3       4          ${day}`,
      `ben       0/35     0         0            5       1          ${day}`,
      '陈晓明    0/35     0         0            0       0          -',
      '',
      'LAB     PASSED   BY HAND   STARTED ONLY',
      'quota   1/3      1         1',
      'jobs    1/3      0         0',
      '',
    ]
    expect(render()).toMatch(new RegExp(`^${lines.join('\n')}$`))
  })

  it('says so where nobody has started a lab', () => {
    expect(render({ ...CLASS, labs: [] })).toMatch(/\n\nNobody has started a lab yet\.\n$/)
  })

  it('names what learners have done and the course does not have', () => {
    expect(render({ ...CLASS, otherLabs: ['a', 'b'] })).toMatch(/\n\nNot counted, because [^\n]*--labs[^\n]*: a, b\n$/)
  })

  it('speaks Chinese', () => {
    expect(render(CLASS, 'zh')).toMatch(/^学员 +通过 +自己动手 +借助 SOLVE +提示 +尝试 +最近活动\n/)
  })
})
