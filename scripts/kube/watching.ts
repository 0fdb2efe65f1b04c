import type { KubernetesObject } from '@kubernetes/client-node'
import type { Text } from '../text.ts'
import { cleanupSignal, timedOut } from '../wait/deadline.ts'
import type { Observation, PollOptions } from '../wait/poll.ts'
import type { Kube, ObjectQuery } from './kube.ts'

export interface WaitOptions extends Omit<PollOptions, 'intervalMs'> {
  /** Says more about why it did not happen, when the deadline has passed: it may ask the API again. */
  readonly explain?: ((signal: AbortSignal) => Promise<string | Text | undefined>) | undefined
}

/** One thing that a watch told, and when it was told. */
export interface Change<T> {
  readonly at: Date
  readonly type: 'added' | 'modified' | 'deleted'
  readonly object: T
}

/** A watch that runs already: start it before an action, and nothing the action causes is missed. */
export interface Watching<T> extends AsyncDisposable {
  /** The objects as last told. */
  readonly objects: readonly T[]
  /** Every change since the watch began, oldest first; what was there at the start is not in it. */
  readonly changes: readonly Change<T>[]
  /**
   * Looks at the objects now and after each change, until the observation carries a value.
   * @throws {StatelabError} `timed-out` with the last observation; the watch's failure; the signal's reason.
   */
  until<R>(look: (objects: readonly T[]) => Observation<R>, options: WaitOptions): Promise<R>
}

/** Starts a watch and returns once the objects that are there have been told. Dispose of it to end it. */
export async function startWatching<T extends KubernetesObject>(
  kube: Kube,
  query: ObjectQuery,
  signal: AbortSignal,
): Promise<Watching<T>> {
  const stop = new AbortController()
  const objects = new Map<string, T>()
  const changes: Change<T>[] = []
  let synced = false
  const failures: unknown[] = []
  let news = Promise.withResolvers<void>()
  const tell = (): void => {
    news.resolve()
    news = Promise.withResolvers()
  }

  const follow = async (): Promise<void> => {
    try {
      for await (const event of kube.watch<T>(query, AbortSignal.any([signal, stop.signal]))) {
        if (event.type === 'synced') synced = true
        else {
          if (event.type === 'deleted') objects.delete(keyOf(event.object))
          else objects.set(keyOf(event.object), event.object)
          if (synced) changes.push({ at: new Date(), ...event })
        }
        if (synced) tell()
      }
    } catch (error) {
      failures.push(error)
    }
    tell()
  }
  const following = follow()

  const next = async (limit: AbortSignal): Promise<void> => {
    if (failures.length === 0) await orAborted(news.promise, limit)
    if (failures.length > 0) throw failures[0]
  }
  while (!synced) await next(signal)

  return {
    get objects() {
      return [...objects.values()]
    },
    changes,
    async until(look, { what, timeoutMs, signal: caller, onSeen, explain }) {
      const limit = AbortSignal.timeout(timeoutMs)
      const both = AbortSignal.any([caller, signal, limit])
      let seen = ''
      for (;;) {
        const observation = look([...objects.values()])
        if (observation.value !== undefined) return observation.value
        if (observation.seen !== seen) onSeen?.(observation.seen)
        seen = observation.seen
        try {
          await next(both)
        } catch (error) {
          if (caller.aborted || signal.aborted || !limit.aborted) throw error
          throw timedOut(what, timeoutMs, (await explain?.(cleanupSignal(EXPLAIN_MS)).catch(() => undefined)) ?? seen)
        }
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await following
    },
  }
}

const EXPLAIN_MS = 5_000

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name}/${metadata?.uid ?? ''}`
}

/** Waits for the promise, or rejects with the signal's reason; leaves no listener behind. */
async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
