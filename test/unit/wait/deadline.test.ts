import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { cleanupSignal, timedOut, withTimeout } from '../../../scripts/wait/deadline.ts'

describe('timedOut', () => {
  it('names what was awaited, for how long, and what was seen last', () => {
    expect(timedOut('node is Ready', 90_000, 'node NotReady')).toMatchObject({
      code: 'timed-out',
      message: 'node is Ready: not within 1m30s; last seen: node NotReady',
    })
  })
})

describe('withTimeout', () => {
  it('aborts with its parent, for its parent’s reason', () => {
    const parent = new AbortController()
    const signal = withTimeout(parent.signal, 60_000)
    expect(signal.aborted).toBe(false)
    const reason = new Error('stop')
    parent.abort(reason)
    expect(signal.reason).toBe(reason)
  })

  it('aborts by itself after the time', async () => {
    const signal = withTimeout(new AbortController().signal, 5)
    await delay(50)
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
  })
})

describe('cleanupSignal', () => {
  it('is fresh, and does not last for ever', async () => {
    const signal = cleanupSignal(5)
    expect(signal.aborted).toBe(false)
    await delay(50)
    expect(signal.aborted).toBe(true)
  })
})
