import { badInput } from '../errors.ts'
import type { Lab } from './lab.ts'

/**
 * @throws {StatelabError} `bad-input`, with the lab that was probably meant.
 */
export function findLab(labs: readonly Lab[], id: string): Lab {
  const found = labs.find((lab) => lab.id === id)
  if (found) return found
  const nearest = nearestTo(
    id,
    labs.map((lab) => lab.id),
  )
  const fix =
    nearest === undefined ? 'see the labs with: statelab list' : `did you mean ${nearest}? See the labs with: statelab list`
  throw badInput(`there is no lab ${JSON.stringify(id)}`, fix)
}

/** The word that needs the fewest changes to become the one given; `undefined` when each needs more than half of it changed. */
export function nearestTo(word: string, words: readonly string[]): string | undefined {
  const ranked = words
    .map((candidate) => ({
      candidate,
      distance: candidate.includes(word) && word.length > 2 ? 1 : editDistance(word, candidate),
    }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best && best.distance <= Math.max(word.length, best.candidate.length) / 2 ? best.candidate : undefined
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
