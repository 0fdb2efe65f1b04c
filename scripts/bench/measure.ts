/** One of several things that are measured in turns. */
export interface Arm {
  /** Does it once and keeps what was measured. */
  run(): Promise<void>
  /** Removes what `run` made, or what an earlier run left; must cope with both and with nothing. */
  remove(): Promise<void>
}

/**
 * Runs the arms in turns, A B A B: what drifts on the machine (a warm disk cache, a neighbour) touches all of them alike.
 * Each arm begins with nothing of its own there and leaves nothing, also when it fails.
 * @param runs how often each arm runs.
 */
export async function alternate(arms: readonly Arm[], runs: number): Promise<void> {
  for (let run = 0; run < runs; run++) {
    for (const arm of arms) {
      await arm.remove()
      try {
        await arm.run()
      } finally {
        await arm.remove()
      }
    }
  }
}

/** @throws {RangeError} when there are no samples. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]]
  if (low === undefined || high === undefined) throw new RangeError('the median of no samples')
  return (low + high) / 2
}

/**
 * `a` in units of `b`, pair by pair: two runs that follow each other met the same machine, the first and the last may not.
 * @throws {RangeError} when the pairs do not match up.
 */
export function pairRatios(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length) throw new RangeError(`${a.length} and ${b.length} samples make no pairs`)
  return a.map((value, index) => value / (b[index] as number))
}

/** @returns how long the work took, in seconds. */
export async function seconds(work: () => PromiseLike<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1_000
}
