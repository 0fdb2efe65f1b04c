import { badInput } from '../errors.ts'

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const
/** The longest that a timer can be set to, 24.8 days: a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/

/**
 * Reads a Go-style duration: `90s`, `1m30s`, `250ms`.
 * @returns whole milliseconds, greater than zero.
 * @throws {StatelabError} `bad-input` for anything else, zero and negative values included.
 */
export function parseDuration(input: string, name = 'duration'): number {
  const parts = DURATION.test(input) ? input.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g) : []
  let total = 0
  for (const [, amount, unit] of parts) total += Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS]
  if (!(total > 0))
    throw badInput(
      {
        en: `${name} ${JSON.stringify(input)} is not a duration greater than zero`,
        zh: `${name} ${JSON.stringify(input)} 不是大于零的时长`,
      },
      { en: 'write it like 90s, 5m or 1m30s', zh: '写法示例：90s、5m 或 1m30s' },
    )
  if (total > LONGEST_MS)
    throw badInput(
      { en: `${name} ${JSON.stringify(input)} is too long`, zh: `${name} ${JSON.stringify(input)} 太长` },
      { en: 'at most 596h', zh: '最长 596h' },
    )
  // `AbortSignal.timeout` takes whole milliseconds only, and 2.3 × 1000 is none.
  return Math.max(1, Math.round(total))
}

/** Writes milliseconds the way people read them: `0.4s`, `12s`, `3m05s`. */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)}s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds}s`
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`
}
