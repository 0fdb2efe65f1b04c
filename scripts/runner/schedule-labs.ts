import type { Lab, Ownership } from '../catalog/lab.ts'

export interface ScheduleOptions<Result> {
  /** How many labs run at once. */
  readonly parallel: number
  /** When it aborts no lab is begun any more; those that run are waited for, so that they can tidy up. */
  readonly signal: AbortSignal
  /** Runs one lab. What it throws ends the whole run. */
  readonly run: (lab: Lab) => Promise<Result>
}

/**
 * Runs labs side by side, as far as they leave each other alone: an exclusive lab runs by itself, and labs that own the
 * same thing run one after the other.
 * @returns the results in the order of the labs, whatever the order in which they ran.
 * @throws the first error of a lab, or the signal's reason, once no lab runs any more.
 */
export async function scheduleLabs<Result>(labs: readonly Lab[], options: ScheduleOptions<Result>): Promise<Result[]> {
  const { parallel, signal, run } = options
  const waiting = parallel === 1 ? [...labs] : longestFirst(labs)
  const running = new Map<Lab, Promise<void>>()
  const results = new Map<Lab, Result>()
  const errors: unknown[] = []

  const start = (lab: Lab): void => {
    waiting.splice(waiting.indexOf(lab), 1)
    const work = run(lab)
      .then(
        (result) => void results.set(lab, result),
        (error: unknown) => void errors.push(error),
      )
      .finally(() => running.delete(lab))
    running.set(lab, work)
  }
  for (;;) {
    while (errors.length === 0 && !signal.aborted && running.size < parallel) {
      const next = waiting.find((lab) => [...running.keys()].every((other) => getAlong(lab, other)))
      if (!next) break
      start(next)
    }
    if (running.size === 0) break
    await Promise.race(running.values())
  }
  signal.throwIfAborted()
  if (errors.length > 0) throw errors[0]
  return labs.map((lab) => results.get(lab) as Result)
}

/**
 * The long ones first, or one of them is left at the end while the other places are empty; how long a learner takes
 * tells well enough. Exclusive labs come last, together: each time one begins, every place has to be empty.
 */
function longestFirst(labs: readonly Lab[]): Lab[] {
  const rank = (lab: Lab): number => (lab.exclusive ? 1 : 0)
  return [...labs].sort((a, b) => rank(a) - rank(b) || b.minutes - a.minutes)
}

/** Whether two labs can run at once. */
function getAlong(a: Lab, b: Lab): boolean {
  if (a.exclusive || b.exclusive) return false
  const [mine, theirs] = [belongings(a.owns), belongings(b.owns)]
  return !mine.some((one) => theirs.some((other) => one.startsWith(other) || other.startsWith(one)))
}

/** As paths with an end, so that a folder meets what is inside it, and `/tmp/a/` not `/tmp/ab/`. */
function belongings({ objects = [], nodePaths = [], exportDirectories = [] }: Ownership = {}): string[] {
  return [
    ...objects.map(({ kind, name }) => `object ${kind.toLowerCase()}/${name}/`),
    ...nodePaths.map((path) => `path ${path.replace(/\/+$/, '')}/`),
    ...exportDirectories.map((name) => `export ${name}/`),
  ]
}
