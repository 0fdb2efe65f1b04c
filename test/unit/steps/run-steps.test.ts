import { getEventListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { ProgressEvent } from '../../../scripts/events.ts'
import { runSteps, type RunStepsOptions, Skipped, type Step } from '../../../scripts/steps/run-steps.ts'

/** A record of when steps begin and end, and gates to hold them. */
function diary() {
  const lines: string[] = []
  const step = (id: string, needs: readonly string[] = [], work: Step['run'] = async () => undefined): Step => ({
    id,
    title: `Step ${id}`,
    needs,
    run: async (context) => {
      lines.push(`${id} begins`)
      try {
        return await work(context)
      } finally {
        lines.push(`${id} ends`)
      }
    },
  })
  return { lines, step }
}

function recorder(changes: Partial<RunStepsOptions> = {}) {
  const events: ProgressEvent[] = []
  const options: RunStepsOptions = { signal: new AbortController().signal, emit: (event) => events.push(event), ...changes }
  const finished = () =>
    events.flatMap((event) =>
      event.type === 'step-finished' ? [[event.id, event.outcome, event.detail ?? ''].join(' ').trim()] : [],
    )
  return { events, options, finished }
}

const waiting: Step['run'] = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

describe('runSteps', () => {
  it('starts a step when all that it needs has ended, whatever the order they are written in', async () => {
    const { lines, step } = diary()
    await runSteps([step('c', ['a', 'b']), step('b', ['a'], () => delay(5, undefined)), step('a')], recorder().options)
    expect(lines).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })

  it('runs steps that do not need each other at the same time', async () => {
    const { lines, step } = diary()
    const met = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
    // Each waits for the other to have begun: one after the other they would never end.
    const meet = (own: 0 | 1) => async (): Promise<undefined> => {
      met[own].resolve()
      await met[own === 0 ? 1 : 0].promise
      return undefined
    }
    await runSteps([step('a', [], meet(0)), step('b', [], meet(1))], recorder().options)
    expect(lines.slice(0, 2)).toEqual(['a begins', 'b begins'])
  })

  it('runs no more at once than it may, and all of them in the end', async () => {
    let now = 0
    let most = 0
    const { step } = diary()
    const work = async (): Promise<undefined> => {
      most = Math.max(most, ++now)
      await delay(2)
      now--
      return undefined
    }
    const { options, finished } = recorder({ concurrency: 2 })
    await runSteps(
      Array.from({ length: 7 }, (_, index) => step(String(index), [], work)),
      options,
    )
    expect(most).toBe(2)
    expect(finished()).toHaveLength(7)
  })

  it('does not let a step that waits for another take a place', async () => {
    const { lines, step } = diary()
    await runSteps([step('late', ['early']), step('early')], recorder({ concurrency: 1 }).options)
    expect(lines).toEqual(['early begins', 'early ends', 'late begins', 'late ends'])
  })

  it('tells titles, progress, what was made and how long it took, below the enclosing step', async () => {
    const { events, options } = recorder({ parent: 'all' })
    const work: Step['run'] = async ({ progress }) => {
      progress('half way')
      return 'a cake'
    }
    await runSteps([{ id: 'bake', title: 'Bake', run: work }], options)
    expect(events).toEqual([
      { type: 'step-started', id: 'bake', title: 'Bake', parent: 'all' },
      { type: 'step-progress', id: 'bake', line: 'half way' },
      { type: 'step-finished', id: 'bake', outcome: 'done', durationMs: expect.any(Number), detail: 'a cake' },
    ])
  })

  it('tells why a step was skipped; what needs it goes on', async () => {
    const { step } = diary()
    const { options, finished } = recorder()
    await runSteps([step('a', [], async () => new Skipped('there already')), step('b', ['a'])], options)
    expect(finished()).toEqual(['a skipped there already', 'b done'])
  })

  it('throws the first failure once all others have ended, and starts nothing more', async () => {
    const { lines, step } = diary()
    const failure = new Error('no flour')
    let tidied = false
    const slowToStop: Step['run'] = async (context) => {
      await Promise.resolve(waiting(context)).catch(() => {})
      await delay(10)
      tidied = true
      throw context.signal.reason
    }
    const { options, finished } = recorder()
    const steps = [
      step('other', [], slowToStop),
      step('fails', [], () => Promise.reject(failure)),
      step('next', ['fails']),
      step('last', ['other']),
    ]
    await expect(runSteps(steps, options)).rejects.toBe(failure)
    expect(tidied).toBe(true)
    expect(lines).not.toContain('next begins')
    expect(lines).not.toContain('last begins')
    expect(finished()).toEqual(['fails failed no flour', 'other skipped stopped'])
  })

  it('tells the second failure too when it is one of its own', async () => {
    const { step } = diary()
    const { options, finished } = recorder()
    const breaks: Step['run'] = (context) =>
      Promise.resolve(waiting(context)).catch(() => Promise.reject(new Error('and no milk')))
    await expect(
      runSteps([step('a', [], breaks), step('b', [], () => Promise.reject(new Error('no flour')))], options),
    ).rejects.toThrow('no flour')
    expect(finished()).toEqual(['b failed no flour', 'a failed and no milk'])
  })

  it('lets those that wait for a place go when one fails', async () => {
    const { lines, step } = diary()
    const { options } = recorder({ concurrency: 1 })
    await expect(runSteps([step('a', [], () => Promise.reject(new Error('no'))), step('b')], options)).rejects.toThrow('no')
    expect(lines).toEqual(['a begins', 'a ends'])
  })

  it('starts nothing when it is aborted already', async () => {
    const reason = new Error('not today')
    const { lines, step } = diary()
    const { events, options } = recorder({ signal: AbortSignal.abort(reason) })
    await expect(runSteps([step('a')], options)).rejects.toBe(reason)
    expect([lines, events]).toEqual([[], []])
  })

  it('stops all steps when it is aborted, and rejects with the reason itself', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const { lines, step } = diary()
    const { options } = recorder({ signal: controller.signal })
    const abort: Step['run'] = async (context) => {
      setImmediate(() => controller.abort(reason))
      return waiting(context)
    }
    await expect(runSteps([step('a', [], waiting), step('b', [], abort), step('c', ['a'])], options)).rejects.toBe(reason)
    expect(lines).toEqual(['a begins', 'b begins', 'a ends', 'b ends'])
  })

  it('leaves no listener on the caller’s signal', async () => {
    const { signal } = new AbortController()
    const { step } = diary()
    await runSteps([step('a'), step('b', ['a'])], recorder({ signal }).options)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('has nothing to do for no steps', async () => {
    await expect(runSteps([], recorder().options)).resolves.toBeUndefined()
  })

  it.each<readonly [string, readonly (readonly [id: string, needs: readonly string[]])[], string]>([
    ['a need that is no step', [['a', ['b']]], 'step a needs b, which does not exist'],
    [
      'two steps of one id',
      [
        ['a', []],
        ['a', []],
      ],
      'two steps have the same id',
    ],
    ['a step that needs itself', [['a', ['a']]], 'in a circle: a → a'],
    [
      'a circle',
      [
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['a']],
      ],
      'in a circle: a → b → c → a',
    ],
  ])('refuses %s before it starts any', async (_, shapes, message) => {
    const { lines, step } = diary()
    await expect(
      runSteps(
        shapes.map(([id, needs]) => step(id, needs)),
        recorder().options,
      ),
    ).rejects.toThrow(message)
    expect(lines).toEqual([])
  })
})
