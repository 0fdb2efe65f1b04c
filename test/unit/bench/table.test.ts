import { describe, expect, test } from 'vitest'
import { renderDocument } from '../../../scripts/bench/document.ts'
import { type Figure, isMet, type Row } from '../../../scripts/bench/figure.ts'
import { readTable, renderTable, tableLines } from '../../../scripts/bench/table.ts'

const ROW: Row = { what: '`down`', unit: 's', samples: [12.04, 9.96, 30], target: { atMost: 15 } }

describe('a line of the table', () => {
  test('has the median, the range, how often it ran, the target and whether it is met', () => {
    expect(tableLines('down', [ROW], '2026-11-21')).toEqual([
      '| `down` | `down` | 12.0 s | 10.0 s–30.0 s | 3 | ≤ 15 s | met | 2026-11-21 |',
    ])
  })

  test('a target that is missed stands out', () => {
    expect(tableLines('down', [{ ...ROW, target: { atMost: 12 } }], '')[0]).toContain('| ≤ 12 s | **not met** |')
  })

  test('one run has no range, and what has no target has no verdict', () => {
    const row: Row = { what: 'node image', unit: 'GB', samples: [0.656] }
    expect(tableLines('node-image', [row], 'today')).toEqual(['| `node-image` | node image | 0.656 GB |  | 1 |  |  | today |'])
  })
})

describe('a target', () => {
  test.each<[string, Row, boolean | undefined]>([
    ['is met by the median, whatever the worst run', ROW, true],
    ['is met by what equals it', { ...ROW, target: { atMost: 12.04 } }, true],
    ['is judged by the value, not by what is printed', { ...ROW, target: { atMost: 12 } }, false],
    ['of a count is missed by a single run', { ...ROW, samples: [0, 0, 1], target: { atMost: 0, judged: 'max' } }, false],
    ['is not needed', { what: '', unit: 's', samples: [1] }, undefined],
  ])('%s', (_, row, expected) => {
    expect(isMet(row)).toBe(expected)
  })
})

describe('docs/figures.md', () => {
  const figures = ['up', 'down', 'cold'].map(
    (name) => ({ name, method: `how ${name}`, measure: async () => [] }) satisfies Figure,
  )
  const line = (figure: string, date: string): string[] => tableLines(figure, [ROW], date)
  const document = (measured: Record<string, string[]>, before = '', machine = '2 cores'): string =>
    renderDocument({ machine, figures, measured: new Map(Object.entries(measured)), before })

  test('a figure that was not measured again keeps its lines and its date', () => {
    const first = document({ cold: line('cold', 'monday'), up: line('up', 'monday') })
    const second = document({ up: line('up', 'tuesday'), down: line('down', 'tuesday') }, first)
    expect(readTable(second)).toEqual(
      new Map([
        ['up', line('up', 'tuesday')],
        ['down', line('down', 'tuesday')],
        ['cold', line('cold', 'monday')],
      ]),
    )
  })

  test('figures of two machines are never in one table', () => {
    const first = document({ cold: line('cold', 'monday') }, '', '8 cores')
    expect(readTable(document({ up: line('up', 'tuesday') }, first)).has('cold')).toBe(false)
  })

  test('a figure that there is no more goes away', () => {
    const first = document({ up: line('up', 'monday') })
    const renamed = first.replace('| `up` |', '| `gone` |')
    expect(readTable(document({}, renamed)).size).toBe(0)
  })

  test('what is read is what was written', () => {
    const lines = [...line('up', 'a'), ...line('up', 'b')]
    expect(readTable(renderTable(lines))).toEqual(new Map([['up', lines]]))
  })
})
