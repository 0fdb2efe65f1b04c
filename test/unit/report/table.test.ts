import { describe, expect, it } from 'vitest'
import { createStyle } from '../../../scripts/report/style.ts'
import { renderTable } from '../../../scripts/report/table.ts'

describe('renderTable', () => {
  it('aligns columns, counting a Chinese character as two, and leaves no blanks at the end of a line', () => {
    expect(
      renderTable(
        ['LAB', 'TITLE', 'N'],
        [
          ['a', '数据', '1'],
          ['longer', 'x', ''],
        ],
        createStyle(false),
      ),
    ).toBe('LAB      TITLE   N\na        数据    1\nlonger   x')
  })
})
