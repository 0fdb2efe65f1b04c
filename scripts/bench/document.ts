import type { Figure } from './figure.ts'
import { readTable, renderTable } from './table.ts'

export interface Document {
  /** One line about the machine, from `describeMachine`. */
  readonly machine: string
  readonly figures: readonly Figure[]
  /** The table's lines of the figures that were measured now, by figure. */
  readonly measured: ReadonlyMap<string, readonly string[]>
  /** docs/figures.md as it is; empty when there is none. */
  readonly before: string
}

/**
 * The text of docs/figures.md. A figure that was not measured now keeps its lines, each with its own date, unless they
 * come from another machine.
 */
export function renderDocument({ machine, figures, measured, before }: Document): string {
  const kept = isOfMachine(before, machine) ? readTable(before) : new Map<string, string[]>()
  const lines = figures.flatMap(({ name }) => measured.get(name) ?? kept.get(name) ?? [])
  return `# Figures

Measured by \`npm run bench\`; this file is what \`npm run bench -- --write\` wrote. \`--only NAME\` measures one figure and
leaves the others as they are, \`--runs N\` says how often (5 when nothing is said).

${machineLine(machine)}

${renderTable(lines)}

## How

${figures.map(({ name, method }) => `- \`${name}\`: ${method}`).join('\n')}
`
}

/** True also where there is no document yet. */
export function isOfMachine(before: string, machine: string): boolean {
  return before === '' || before.includes(`\n${machineLine(machine)}\n`)
}

const machineLine = (machine: string): string => `Machine: ${machine}`
