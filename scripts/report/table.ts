import Table from 'cli-table3'
import type { Style } from './style.ts'

/**
 * Writes rows under a head, columns aligned (wide Chinese characters counted as two). No lines are drawn: the same
 * text reads well on a terminal and in a pipe.
 */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[], style: Style): string {
  const table = new Table({
    head: head.map((name) => style('bold', name)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 3 },
  })
  for (const row of rows) table.push([...row])
  return table.toString().replaceAll(/[ ]+$/gm, '')
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}
