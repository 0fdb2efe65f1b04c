import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { messageOf, StatelabError } from '../../../scripts/errors.ts'
import { cleanupSignal, orWhenTimedOut, timedOut, withTimeout } from '../../../scripts/wait/deadline.ts'

describe('timedOut', () => {
  it('names what was awaited, for how long, and what was seen last', () => {
    expect(timedOut('node is Ready', 90_000, 'node NotReady')).toMatchObject({
      code: 'timed-out',
      message: 'node is Ready: not within 1m30s; last seen: node NotReady',
    })
  })

  it('says what was seen in the language of the rest, where it exists in several', () => {
    const error = timedOut({ en: 'Pod a is ready', zh: 'Pod a 就绪' }, 90_000, { en: 'there is no Pod a', zh: '没有 Pod a' })
    expect(messageOf(error, 'en')).toBe('Pod a is ready: not within 1m30s; last seen: there is no Pod a')
    expect(messageOf(error, 'zh')).toBe('Pod a 就绪：1m30s 内没有做到；最后看到：没有 Pod a')
  })
})

describe('orWhenTimedOut', () => {
  const late = timedOut('node is Ready', 90_000, 'node NotReady')

  it('gives what was awaited, and asks for nothing else', async () => {
    const otherwise = () => expect.unreachable()
    await expect(orWhenTimedOut(Promise.resolve('Ready'), otherwise)).resolves.toBe('Ready')
  })

  it('gives the other answer for a wait that ended without its object, and hands the error to it', async () => {
    await expect(orWhenTimedOut(Promise.reject(late), async ({ message }) => message)).resolves.toBe(late.message)
  })

  it('lets the other answer be that error after all', async () => {
    await expect(orWhenTimedOut(Promise.reject(late), (error) => Promise.reject(error))).rejects.toBe(late)
  })

  it.each([new StatelabError('kubernetes-failed', 'no such node'), new Error('a defect')])(
    'passes on what else went wrong: %s',
    async (failure) => {
      await expect(orWhenTimedOut(Promise.reject(failure), () => 'NotReady')).rejects.toBe(failure)
    },
  )
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
