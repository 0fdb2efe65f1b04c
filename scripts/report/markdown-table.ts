import type { Tokens } from 'marked'
import { renderInline } from './markdown-inline.ts'
import type { Style } from './style.ts'
import { displayWidth, padTo, wrapText } from './wrap.ts'

const GAP = 2
const NARROWEST = 8

/** A table whose cells wrap where the terminal is narrower than they are. A head without words is left out. */
export function renderMarkdownTable({ header, rows }: Tokens.Table, columns: number, style: Style): string[] {
  const text = (cells: readonly Tokens.TableCell[]): string[] => cells.map(({ tokens }) => renderInline(tokens, style))
  const head = text(header)
  const hasHead = head.some((cell) => cell.trim() !== '')
  const body = rows.map(text)
  const widths = fittedWidths([...(hasHead ? [head] : []), ...body], columns)
  const rule = widths.map((width) => '─'.repeat(width)).join(' '.repeat(GAP))
  return [
    ...(hasHead ? [...row(head, widths).map((line) => style('bold', line)), style('dim', rule)] : []),
    ...body.flatMap((cells) => row(cells, widths)),
  ]
}

/** As wide as the cells, but for the widest columns, which give way until all fit. */
function fittedWidths(rows: readonly (readonly string[])[], columns: number): number[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(1, ...rows.map((cells) => displayWidth(cells[index] ?? ''))))
  const room = columns - GAP * (widths.length - 1)
  let excess = widths.reduce((sum, width) => sum + width, 0) - room
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths))
    if ((widths[widest] ?? 0) <= NARROWEST) break
    widths[widest] = (widths[widest] ?? 0) - 1
    excess--
  }
  return widths
}

function row(cells: readonly string[], widths: readonly number[]): string[] {
  const wrapped = widths.map((width, index) => wrapText(cells[index] ?? '', width))
  const height = Math.max(...wrapped.map((lines) => lines.length))
  return Array.from({ length: height }, (_, line) =>
    wrapped
      .map((lines, index) => padTo(lines[line] ?? '', widths[index] ?? 0))
      .join(' '.repeat(GAP))
      .trimEnd(),
  )
}
