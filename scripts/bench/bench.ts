/**
 * `npm run bench -- [--only NAME]... [--runs N] [--write] [--fresh-modules]`: measures the figures of docs/figures.md and
 * prints them as a Markdown table. Everything that is made for it is removed again, also after Ctrl-C.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodeOf, messageOf, StatelabError } from '../errors.ts'
import { type BenchArguments, parseArguments } from './arguments.ts'
import { isOfMachine, renderDocument } from './document.ts'
import { FIGURES } from './figures.ts'
import { describeMachine } from './machine.ts'
import { renderTable, tableLines } from './table.ts'
import { Workbench } from './workbench.ts'

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(130)
    console.error('stopping; what was made is being removed')
    interruption.abort(new StatelabError('interrupted', `interrupted by ${signal}`))
  })
}

try {
  const options = parseArguments(process.argv.slice(2), FIGURES)
  const machine = await describeMachine()
  const measured = new Map<string, string[]>()
  try {
    await measureAll(options, measured)
  } finally {
    // A figure that fails does not take along those before it: they took half an hour.
    if (measured.size > 0) await show(machine, measured, options)
  }
} catch (error) {
  const reported = interruption.signal.aborted ? interruption.signal.reason : error
  console.error(`bench: ${messageOf(reported)}`)
  if (reported instanceof StatelabError && reported.fix !== undefined) console.error(`  fix: ${reported.fix}`)
  process.exitCode = exitCodeOf(reported)
}

/** @param measured gets the table's lines of each figure as soon as it is measured. */
async function measureAll({ figures, ...options }: BenchArguments, measured: Map<string, string[]>): Promise<void> {
  await using bench = await Workbench.open({ ...options, signal: interruption.signal })
  for (const figure of figures) {
    bench.say(`▸ ${figure.name}`)
    const rows = await figure.measure(bench)
    measured.set(figure.name, tableLines(figure.name, rows, new Date().toISOString().slice(0, 10)))
  }
}

async function show(machine: string, measured: ReadonlyMap<string, readonly string[]>, { write }: BenchArguments): Promise<void> {
  console.log(`${machine}\n\n${renderTable([...measured.values()].flat())}`)
  if (write) await writeDocument(machine, measured)
}

async function writeDocument(machine: string, measured: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const file = join(import.meta.dirname, '..', '..', 'docs', 'figures.md')
  const before = await readFile(file, 'utf8').catch(() => '')
  if (!isOfMachine(before, machine)) console.error('the figures of docs/figures.md come from another machine: they are left out')
  await writeFile(file, renderDocument({ machine, figures: FIGURES, measured, before }))
}
