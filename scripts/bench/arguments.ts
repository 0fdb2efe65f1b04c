import { parseArgs } from 'node:util'
import { badInput, messageOf } from '../errors.ts'
import type { Figure } from './figure.ts'

export interface BenchArguments {
  readonly figures: readonly Figure[]
  readonly runs: number
  /** Whether docs/figures.md is written. */
  readonly write: boolean
  readonly freshModules: boolean
}

/**
 * @param args what follows `npm run bench --`.
 * @param known all figures there are.
 * @throws {StatelabError} `bad-input`.
 */
export function parseArguments(args: readonly string[], known: readonly Figure[]): BenchArguments {
  const { only, runs, write, 'fresh-modules': freshModules } = parseFlags(args)
  const names = known.map(({ name }) => name)
  const unknown = only.find((name) => !names.includes(name))
  if (unknown !== undefined) throw badInput(`there is no figure ${JSON.stringify(unknown)}`, `use --only ${names.join(', ')}`)
  if (!/^[1-9]\d{0,2}$/.test(runs)) throw badInput(`--runs ${JSON.stringify(runs)} is not a number of runs`, 'use 1 to 999')
  const figures = known.filter(({ name, onlyWhenNamed }) => (only.length === 0 ? !onlyWhenNamed : only.includes(name)))
  return { figures, runs: Number(runs), write, freshModules }
}

/** The flags of `npm run bench`, without their dashes. */
export const BENCH_FLAGS = {
  only: { type: 'string' as const, multiple: true as const, default: [] as string[] },
  runs: { type: 'string' as const, default: '5' },
  write: { type: 'boolean' as const, default: false },
  'fresh-modules': { type: 'boolean' as const, default: false },
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: BENCH_FLAGS,
    }).values
  } catch (error) {
    throw badInput(messageOf(error), 'npm run bench -- [--only NAME]... [--runs N] [--write] [--fresh-modules]')
  }
}
