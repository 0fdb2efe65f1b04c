import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { StatelabError } from '../../../scripts/errors.ts'
import { type Observation, poll, type PollOptions } from '../../../scripts/wait/poll.ts'

const options = (changes: Partial<PollOptions> = {}): PollOptions => ({
  what: 'the kettle boils',
  intervalMs: 1,
  timeoutMs: 5_000,
  signal: new AbortController().signal,
  ...changes,
})

/** Gives the observations one after the other, then the last one for ever. */
function reader<T>(...observations: readonly [Observation<T>, ...Observation<T>[]]) {
  let count = 0
  const read = async (): Promise<Observation<T>> => observations[Math.min(count++, observations.length - 1)] as Observation<T>
  return { read, times: () => count }
}

describe('poll', () => {
  it('returns the value of the first observation that has one, and reads no further', async () => {
    const { read, times } = reader<string>({ seen: 'cold' }, { seen: 'warm' }, { value: 'tea', seen: 'hot' })
    await expect(poll(read, options())).resolves.toBe('tea')
    expect(times()).toBe(3)
  })

  it.each([0, '', false, null])('takes %j for a value: only undefined is none', async (value) => {
    await expect(poll(async () => ({ value, seen: '' }), options())).resolves.toBe(value)
  })

  it('reads at once, however long the interval', async () => {
    await expect(poll(async () => ({ value: 1, seen: '' }), options({ intervalMs: 60_000 }))).resolves.toBe(1)
  })

  it('tells each observation once, and again when it comes back', async () => {
    const { read } = reader<number>({ seen: 'a' }, { seen: 'a' }, { seen: 'b' }, { seen: 'a' }, { value: 1, seen: 'c' })
    const seen: string[] = []
    await poll(read, options({ onSeen: (each) => seen.push(each) }))
    expect(seen).toEqual(['a', 'b', 'a'])
  })

  it('reports the last observation when the deadline passes', async () => {
    const { read } = reader<number>({ seen: 'cold' }, { seen: 'lukewarm' })
    const failure = await poll(read, options({ timeoutMs: 60 })).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StatelabError)
    expect(failure).toMatchObject({ code: 'timed-out', message: 'the kettle boils: not within 0.1s; last seen: lukewarm' })
  })

  it('says that nothing was seen when the first reading hangs until the deadline', async () => {
    const hang = (signal: AbortSignal): Promise<Observation<number>> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    await expect(poll(hang, options({ timeoutMs: 30 }))).rejects.toMatchObject({
      code: 'timed-out',
      message: expect.stringContaining('last seen: nothing yet'),
    })
  })

  it('does not read at all when it is aborted already, and rejects with the reason itself', async () => {
    const reason = new Error('not today')
    const { read, times } = reader<number>({ seen: 'cold' })
    await expect(poll(read, options({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
    expect(times()).toBe(0)
  })

  it('ends in the middle of an interval when it is aborted', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const startedAt = performance.now()
    const polled = poll(
      async () => {
        setTimeout(() => controller.abort(reason), 5)
        return { seen: 'cold' }
      },
      options({ intervalMs: 60_000, timeoutMs: 120_000, signal: controller.signal }),
    )
    await expect(polled).rejects.toBe(reason)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('hands the reader a signal that aborts with the caller and with the deadline', async () => {
    const controller = new AbortController()
    let given: AbortSignal | undefined
    const read = async (signal: AbortSignal): Promise<Observation<number>> => {
      given = signal
      controller.abort(new Error('stop'))
      return { seen: 'cold' }
    }
    await expect(poll(read, options({ signal: controller.signal }))).rejects.toThrow('stop')
    expect(given?.aborted).toBe(true)
  })

  it('passes on what the reader throws', async () => {
    const failure = new Error('the kettle is broken')
    await expect(poll(() => Promise.reject(failure), options())).rejects.toBe(failure)
  })

  it('leaves no listener on the caller’s signal', async () => {
    const { signal } = new AbortController()
    const { read } = reader<number>({ seen: 'a' }, { seen: 'b' }, { value: 1, seen: 'c' })
    await poll(read, options({ signal }))
    await poll(async () => ({ seen: 'never' }), options({ signal, timeoutMs: 10 })).catch(() => {})
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
