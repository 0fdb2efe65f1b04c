import { StatelabError } from '../errors.ts'
import { inLanguage, type Text } from '../text.ts'
import { formatDuration } from './duration.ts'

/** The error of a wait that ended without its object: it says what was seen last, because "timed out" helps nobody. */
export function timedOut(what: string | Text, timeoutMs: number, lastSeen: string): StatelabError {
  const limit = formatDuration(timeoutMs)
  return new StatelabError('timed-out', {
    en: `${inLanguage(what, 'en')}: not within ${limit}; last seen: ${lastSeen}`,
    zh: `${inLanguage(what, 'zh')}：${limit} 内没有做到；最后看到：${lastSeen}`,
  })
}

/** A signal that aborts with `parent`, or by itself after `timeoutMs`. */
export function withTimeout(parent: AbortSignal, timeoutMs: number): AbortSignal {
  return AbortSignal.any([parent, AbortSignal.timeout(timeoutMs)])
}

/** A fresh signal for cleaning up: an interrupted command must still be able to tidy, but not for ever. */
export function cleanupSignal(timeoutMs = 60_000): AbortSignal {
  return AbortSignal.timeout(timeoutMs)
}
