import { isMet, type Row, type Target, type Unit } from './figure.ts'
import { median } from './measure.ts'

const HEAD = ['| Figure | Measured | Median | Min–max | Runs | Target | | Date |', '|---|---|---:|---:|---:|---:|---|---|']

/** The lines of a figure, as they stand in the table. They begin with the figure's name, by which they are found again. */
export function tableLines(figure: string, rows: readonly Row[], date: string): string[] {
  return rows.map((row) => {
    const { what, unit, samples, target } = row
    const range = samples.length > 1 ? `${format(Math.min(...samples), unit)}–${format(Math.max(...samples), unit)}` : ''
    const met = isMet(row)
    const verdict = met === undefined ? '' : met ? 'met' : '**not met**'
    const limit = target ? formatTarget(target, unit) : ''
    const cells = [`\`${figure}\``, what, format(median(samples), unit), range, samples.length, limit, verdict, date]
    return `| ${cells.join(' | ')} |`
  })
}

export function renderTable(lines: readonly string[]): string {
  return [...HEAD, ...lines].join('\n')
}

/** The lines of a table that was rendered before, by figure. */
export function readTable(document: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const line of document.split('\n')) {
    const figure = /^\| `([^`]+)` \|/.exec(line)?.[1]
    if (figure !== undefined) found.set(figure, [...(found.get(figure) ?? []), line])
  }
  return found
}

const UNITS: Readonly<Record<Unit, { readonly suffix: string; readonly digits: number }>> = {
  s: { suffix: ' s', digits: 1 },
  min: { suffix: ' min', digits: 1 },
  MiB: { suffix: ' MiB', digits: 0 },
  GB: { suffix: ' GB', digits: 3 },
  'MB/s': { suffix: ' MB/s', digits: 0 },
  'per s': { suffix: ' per s', digits: 0 },
  ratio: { suffix: ' ×', digits: 2 },
  count: { suffix: '', digits: 0 },
}

function format(value: number, unit: Unit): string {
  const { suffix, digits } = UNITS[unit]
  return `${value.toFixed(digits)}${suffix}`
}

/** A target is a round number; only what it needs is written. */
function formatTarget(target: Target, unit: Unit): string {
  const { suffix } = UNITS[unit]
  return 'atMost' in target ? `≤ ${target.atMost}${suffix}` : `≥ ${target.atLeast}${suffix}`
}
