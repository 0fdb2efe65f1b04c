import { median } from './measure.ts'
import type { Workbench } from './workbench.ts'

/** Something that `npm run bench` measures. */
export interface Figure {
  /** As in `--only NAME`. */
  readonly name: string
  /** How it is measured, for the reader of the table: one or two sentences. */
  readonly method: string
  /** Runs only when it is asked for by name. */
  readonly onlyWhenNamed?: boolean
  measure(bench: Workbench): Promise<readonly Row[]>
}

/** One line of the table. */
export interface Row {
  readonly what: string
  readonly unit: Unit
  readonly samples: readonly number[]
  readonly target?: Target
}

export type Target = Limit & {
  /** What is compared with it. Default: the median; a count that must never be exceeded gives `max`. */
  readonly judged?: 'median' | 'max'
}

type Limit = { readonly atMost: number } | { readonly atLeast: number }

export type Unit = 's' | 'min' | 'MiB' | 'GB' | 'MB/s' | 'per s' | 'ratio' | 'count'

/** @returns `undefined` where there is no target. */
export function isMet({ samples, target }: Row): boolean | undefined {
  if (!target) return undefined
  const value = target.judged === 'max' ? Math.max(...samples) : median(samples)
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast
}
