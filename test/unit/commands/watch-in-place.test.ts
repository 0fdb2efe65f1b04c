import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { WriteStream } from 'node:tty'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Lab, Task } from '../../../scripts/catalog/lab.ts'
import type { Engine } from '../../../scripts/commands/engine.ts'
import type { Io } from '../../../scripts/commands/io.ts'
import { openSession } from '../../../scripts/commands/session.ts'
import { resolveSettings } from '../../../scripts/commands/settings.ts'
import { watchInPlace } from '../../../scripts/commands/watch-in-place.ts'
import { createTranslate } from '../../../scripts/messages/translate.ts'
import type { CheckResult, LabResult, Status, TaskResult } from '../../../scripts/runner/result.ts'
import { scripted, text } from '../../helpers/lab-fixture.ts'
import { fakeOutput, fakeTerminal } from '../report/fakes.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'statelab-watch-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const TASKS: Task[] = [
  { id: 'one', title: text('One'), checks: [scripted('a', true)], hints: [], learned: text('One teaches.') },
  { id: 'two', title: text('Two'), checks: [scripted('b', true), scripted('p', true, { kind: 'probe' })], hints: [] },
]
const LAB: Lab = {
  id: 'try',
  track: 'redis',
  minutes: 1,
  kubernetes: '>=1.27',
  title: text('Try'),
  tasks: TASKS,
  solution: [],
  wrong: [],
  folder: '/',
}

function result(one: Status, b: Status, p: Status): LabResult {
  const check = (id: string, status: Status): CheckResult => ({
    id,
    status,
    durationMs: 0,
    message: `${id} ${status}`,
    evidence: [],
  })
  const two: Status = [b, p].find((status) => status !== 'passed') ?? 'passed'
  const tasks: TaskResult[] = [
    { id: 'one', status: one, checks: [check('a', one)] },
    { id: 'two', status: two, checks: [check('b', b), check('p', p)] },
  ]
  return { id: 'try', status: [one, two].every((status) => status === 'passed') ? 'passed' : 'failed', durationMs: 0, tasks }
}

/** A learner in front of a terminal: presses keys, and changes what is to be seen. */
function watching(engine: Partial<Engine>) {
  const terminal = fakeTerminal()
  let press: (key: string) => void = () => {}
  const results: LabResult[] = []
  let wake = Promise.withResolvers<void>()
  const io: Io = {
    stdout: fakeOutput(),
    stderr: fakeOutput(true),
    terminal,
    stdinIsTerminal: true,
    keyboard: {
      listen: (onKey) => {
        press = onKey
        return { [Symbol.dispose]: () => {} }
      },
    },
    self: ['node'],
    env: { STATELAB_HOME: home, NO_COLOR: '1' },
    cwd: home,
    platform: 'linux',
    signal: new AbortController().signal,
    runner: { run: () => Promise.reject(new Error('no program is run')) },
  }
  const whole = {
    solvedTasks: () => Promise.resolve([]),
    async *watchLab(_env: unknown, _lab: Lab, { signal }: { signal: AbortSignal }) {
      const abort = (): void => wake.resolve()
      signal.addEventListener('abort', abort)
      while (!signal.aborted) {
        const next = results.shift()
        if (next) yield next
        else {
          await wake.promise
          wake = Promise.withResolvers()
        }
      }
    },
    ...engine,
  } as unknown as Engine
  const session = openSession(io, whole, resolveSettings({}, io.env, home, createTranslate('en')), 'check')
  const ended = watchInPlace(session, LAB, terminal as unknown as WriteStream)
  return {
    ended,
    press: (key: string) => press(key),
    see: (seen: LabResult) => {
      results.push(seen)
      wake.resolve()
    },
    screen: () => stripVTControlCharacters(terminal.text().split('\u001B[H').at(-1) ?? '').replaceAll('\r', ''),
  }
}

describe('watchInPlace', () => {
  it('draws each result, tells what a task has taught when it turns green, and ends when all is green', async () => {
    const { ended, see, screen } = watching({})
    see(result('failed', 'failed', 'blocked'))
    await expect.poll(screen).toContain('0 of 2 tasks green')
    see(result('passed', 'failed', 'blocked'))
    await expect.poll(screen).toContain('Learned in task one:\n  One teaches.')
    see(result('passed', 'passed', 'passed'))
    expect(await ended).toMatchObject({ status: 'passed' })
    const { labs } = JSON.parse(readFileSync(join(home, 'progress.json'), 'utf8'))
    expect(labs.try).toMatchObject({ by: 'hand', tasks: { one: { by: 'hand' }, two: { by: 'hand' } } })
  })

  it('teaches nothing that was green before', async () => {
    const { ended, see, screen, press } = watching({})
    see(result('passed', 'failed', 'blocked'))
    await expect.poll(screen).toContain('1 of 2 tasks green')
    expect(screen()).not.toContain('Learned')
    press('q')
    expect(await ended).toMatchObject({ status: 'failed' })
  })

  it('gives the hint at h, the next one at h again, and drops it when its task is green', async () => {
    const hints = [{ text: text('fitting') }, { text: text('general') }]
    const { ended, see, screen, press } = watching({ hintsFor: () => Promise.resolve({ task: 'one', hints }) })
    see(result('failed', 'failed', 'blocked'))
    for (const expected of ['(1 of 2):\n  fitting', '(2 of 2):\n  general', '(1 of 2):\n  fitting']) {
      await expect.poll(screen).not.toContain('…')
      press('h')
      await expect.poll(screen).toContain(expected)
    }
    see(result('passed', 'failed', 'blocked'))
    await expect.poll(screen).not.toContain('Hint')
    press('escape')
    await ended
  })

  it('tries out at p what only the tool can show, and remembers what that has shown', async () => {
    let handed: ReadonlyMap<string, CheckResult> | undefined
    let probing = Promise.withResolvers<LabResult>()
    const fake = watching({
      checkLab: (_env, _lab, { emit }) => {
        emit({ type: 'step-started', id: 'x', title: 'deleting Pod a' })
        return probing.promise
      },
    })
    fake.see(result('passed', 'passed', 'skipped'))
    await expect.poll(fake.screen).toContain('p let statelab try it out')
    fake.press('p')
    await expect.poll(fake.screen).toContain('… deleting Pod a')
    // While the Pod is away the observations are red: that is no news.
    fake.see(result('failed', 'failed', 'blocked'))
    probing.resolve(result('passed', 'passed', 'passed'))
    expect(await fake.ended).toMatchObject({ status: 'passed' })
    expect(fake.screen()).not.toContain('b failed')

    probing = Promise.withResolvers()
    const again = watching({
      checkLab: () => probing.promise,
      async *watchLab(_env, _lab, { shown, signal }) {
        handed = shown
        yield result('passed', 'passed', 'skipped')
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    })
    await expect.poll(again.screen).toContain('p let statelab')
    again.press('p')
    probing.resolve(result('passed', 'failed', 'passed'))
    await expect.poll(() => [...(handed?.keys() ?? [])]).toEqual(['two/p'])
    again.press('q')
    await again.ended
  })

  it('ends with what went wrong when a key leads to a failure', async () => {
    const { ended, see, screen, press } = watching({ hintsFor: () => Promise.reject(new Error('no answer')) })
    see(result('failed', 'failed', 'blocked'))
    await expect.poll(screen).toContain('h hint')
    press('h')
    await expect(ended).rejects.toThrow('no answer')
  })
})
