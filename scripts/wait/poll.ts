import { setTimeout as delay } from 'node:timers/promises'
import type { Text } from '../text.ts'
import { timedOut } from './deadline.ts'

export interface Observation<T> {
  /** The awaited value, once it is there. */
  readonly value?: T
  /** What was seen, for a person: it becomes the message when the deadline passes. */
  readonly seen: string
}

export interface PollOptions {
  /** What is being waited for: "the API server answers". */
  readonly what: string | Text
  /** The pause between two looks; never shorter than the look took. */
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly onSeen?: (seen: string) => void
}

/**
 * Reads until the observation carries a value. For things that cannot be watched: a port, a file in a container.
 * @returns the value.
 * @throws {StatelabError} `timed-out` with the last observation; whatever `read` throws; the signal's reason.
 */
export async function poll<T>(read: (signal: AbortSignal) => Promise<Observation<T>>, options: PollOptions): Promise<T> {
  const { what, intervalMs, timeoutMs, signal, onSeen } = options
  const limit = AbortSignal.timeout(timeoutMs)
  const both = AbortSignal.any([signal, limit])
  let seen = 'nothing yet'
  try {
    for (;;) {
      both.throwIfAborted()
      const startedAt = performance.now()
      const observation = await read(both)
      if (observation.value !== undefined) return observation.value
      if (observation.seen !== seen) onSeen?.(observation.seen)
      seen = observation.seen
      // On a busy machine a look takes long because others look too: nobody looks for more than half of the time.
      await delay(Math.max(intervalMs, performance.now() - startedAt), undefined, { signal: both })
    }
  } catch (error) {
    signal.throwIfAborted()
    if (limit.aborted) throw timedOut(what, timeoutMs, seen)
    throw error
  }
}
