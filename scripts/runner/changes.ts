import { setTimeout as delay } from 'node:timers/promises'
import type { Kube } from '../kube/kube.ts'

/** What a learner's work shows in. Events tell of nearly everything else. */
const WATCHED = [
  ['v1', 'Pod'],
  ['v1', 'PersistentVolumeClaim'],
  ['v1', 'Service'],
  ['v1', 'Event'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'Deployment'],
] as const

/** Changes come in bursts: a Pod that starts is modified five times in a second. */
const SETTLE_MS = 150

export interface ChangesOptions {
  /** Goes on after this long without a change: what is in a Redis or on the export sends no event. */
  readonly idleMs: number
  readonly signal: AbortSignal
}

/** Yields at once, and again whenever something in the namespace has changed, or has not for `idleMs`. Ends with the signal. */
export async function* changesIn(kube: Kube, namespace: string, { idleMs, signal }: ChangesOptions): AsyncGenerator<void> {
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const failures: unknown[] = []
  let news = new AbortController()

  const follow = async ([apiVersion, kind]: (typeof WATCHED)[number]): Promise<void> => {
    try {
      let synced = false
      for await (const { type } of kube.watch({ apiVersion, kind, namespace }, both)) {
        if (synced) news.abort()
        synced ||= type === 'synced'
      }
    } catch (error) {
      failures.push(error)
      news.abort()
    }
  }
  const following = WATCHED.map(follow)
  try {
    while (!signal.aborted) {
      if (failures.length > 0) throw failures[0]
      // A change during the caller's work must not be lost: the next wait then ends at once.
      const current = news
      const startedAt = performance.now()
      yield
      // As in `poll`: the caller's looking never takes more than half of the time.
      const workMs = performance.now() - startedAt
      await quiet(Math.max(idleMs, workMs), AbortSignal.any([signal, current.signal]))
      if (current.signal.aborted) await quiet(Math.max(SETTLE_MS, workMs), signal)
      news = current.signal.aborted ? new AbortController() : current
    }
  } finally {
    stop.abort()
    await Promise.all(following)
  }
}

async function quiet(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined)
}
