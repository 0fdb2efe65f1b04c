import { StatelabError } from '../errors.ts'
import { inLanguage, type Text } from '../text.ts'
import { formatDuration } from './duration.ts'

/** The error of a wait that ended without its object: it says what was seen last, because "timed out" helps nobody. */
export function timedOut(what: string | Text, timeoutMs: number, lastSeen: string | Text): StatelabError {
  const limit = formatDuration(timeoutMs)
  return new StatelabError('timed-out', {
    en: `${inLanguage(what, 'en')}: not within ${limit}; last seen: ${inLanguage(lastSeen, 'en')}`,
    zh: `${inLanguage(what, 'zh')}：${limit} 内没有做到；最后看到：${inLanguage(lastSeen, 'zh')}`,
  })
}

/**
 * For a wait that has something to tell also when it ends without its object: what was seen last is then the answer.
 * @param otherwise gives that answer, and may throw the error after all.
 * @returns the awaited value, or what `otherwise` gives when the wait was `timed-out`.
 * @throws whatever else the wait throws.
 */
export async function orWhenTimedOut<T, Other>(
  waiting: Promise<T>,
  otherwise: (error: StatelabError) => Other | Promise<Other>,
): Promise<T | Other> {
  try {
    return await waiting
  } catch (error) {
    if (!(error instanceof StatelabError && error.code === 'timed-out')) throw error
    return otherwise(error)
  }
}

/** A signal that aborts with `parent`, or by itself after `timeoutMs`. */
export function withTimeout(parent: AbortSignal, timeoutMs: number): AbortSignal {
  return AbortSignal.any([parent, AbortSignal.timeout(timeoutMs)])
}

/** A fresh signal for cleaning up: an interrupted command must still be able to tidy, but not for ever. */
export function cleanupSignal(timeoutMs = 60_000): AbortSignal {
  return AbortSignal.timeout(timeoutMs)
}
