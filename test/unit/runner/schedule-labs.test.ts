import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Lab } from '../../../scripts/catalog/lab.ts'
import { scheduleLabs } from '../../../scripts/runner/schedule-labs.ts'
import { text } from '../../helpers/lab-fixture.ts'

function lab(id: string, minutes = 10, more: Partial<Lab> = {}): Lab {
  const nothing = { tasks: [], solution: [], wrong: [] }
  return { id, track: 'redis', minutes, kubernetes: '>=1.27', title: text(id), folder: `/labs/10-${id}`, ...nothing, ...more }
}

/** Labs that end when the test says so. */
class Stage {
  readonly begun: string[] = []
  readonly #controller = new AbortController()
  readonly #ends = new Map<string, { resolve: (result: string) => void; reject: (error: unknown) => void }>()

  schedule(labs: readonly Lab[], parallel: number): Promise<string[]> {
    const run = ({ id }: Lab): Promise<string> => {
      this.begun.push(id)
      return new Promise((resolve, reject) => this.#ends.set(id, { resolve, reject }))
    }
    return scheduleLabs(labs, { parallel, signal: this.#controller.signal, run })
  }

  running(): string[] {
    return [...this.#ends.keys()]
  }

  async end(id: string, error?: unknown): Promise<void> {
    const end = this.#ends.get(id)
    if (!end) throw new Error(`${id} does not run`)
    this.#ends.delete(id)
    if (error === undefined) end.resolve(`${id} done`)
    else end.reject(error)
    await turn()
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }
}

describe('scheduleLabs', () => {
  test('one at a time runs labs in the order given', async () => {
    const stage = new Stage()
    const done = stage.schedule([lab('a', 1), lab('x', 2, { exclusive: true }), lab('b', 30)], 1)
    for (const id of ['a', 'x', 'b']) {
      expect(stage.running()).toEqual([id])
      await stage.end(id)
    }
    expect(await done).toEqual(['a done', 'x done', 'b done'])
  })

  test('several at once begin with the longest, and give their results in the order of the labs', async () => {
    const stage = new Stage()
    const done = stage.schedule([lab('short', 5), lab('long', 30), lab('middle', 15)], 2)
    expect(stage.begun).toEqual(['long', 'middle'])
    await stage.end('middle')
    expect(stage.begun).toEqual(['long', 'middle', 'short'])
    await stage.end('short')
    await stage.end('long')
    expect(await done).toEqual(['short done', 'long done', 'middle done'])
  })

  test('never more than the limit run', async () => {
    const stage = new Stage()
    const labs = Array.from({ length: 7 }, (_, index) => lab(`l${index}`))
    const done = stage.schedule(labs, 3)
    let most = 0
    while (stage.running().length > 0) {
      most = Math.max(most, stage.running().length)
      await stage.end(stage.running()[0] ?? '')
    }
    expect(most).toBe(3)
    expect(await done).toHaveLength(7)
  })

  test('an exclusive lab waits until nothing runs, and nothing begins while it does', async () => {
    const stage = new Stage()
    const done = stage.schedule([lab('x', 60, { exclusive: true }), lab('a'), lab('b'), lab('y', 5, { exclusive: true })], 4)
    expect(stage.running()).toEqual(['a', 'b'])
    await stage.end('a')
    expect(stage.running()).toEqual(['b'])
    await stage.end('b')
    expect(stage.running()).toEqual(['x'])
    await stage.end('x')
    expect(stage.running()).toEqual(['y'])
    await stage.end('y')
    expect(await done).toHaveLength(4)
  })

  test.each([
    [
      'an object',
      { objects: [{ kind: 'PersistentVolume', name: 'pv' }] },
      { objects: [{ kind: 'persistentvolume', name: 'pv' }] },
    ],
    ['a path on the nodes', { nodePaths: ['/tmp/data'] }, { nodePaths: ['/tmp/data/'] }],
    ['a path inside the other', { nodePaths: ['/tmp/data'] }, { nodePaths: ['/tmp/data/sub'] }],
    ['a directory of the export', { exportDirectories: ['100m-pv'] }, { exportDirectories: ['other', '100m-pv'] }],
  ])('labs that own the same thing never overlap: %s', async (_, mine, theirs) => {
    const stage = new Stage()
    const done = stage.schedule([lab('a', 10, { owns: mine }), lab('b', 9, { owns: theirs }), lab('c', 8)], 3)
    expect(stage.running()).toEqual(['a', 'c'])
    await stage.end('a')
    expect(stage.running()).toEqual(['c', 'b'])
    await stage.end('b')
    await stage.end('c')
    await done
  })

  test.each([
    [
      'objects of one name but another kind',
      { objects: [{ kind: 'PersistentVolume', name: 'x' }] },
      { objects: [{ kind: 'StorageClass', name: 'x' }] },
    ],
    ['paths that only begin alike', { nodePaths: ['/tmp/data'] }, { nodePaths: ['/tmp/data2'] }],
    ['a directory of the export and a path', { exportDirectories: ['data'] }, { nodePaths: ['/tmp/data'] }],
  ])('labs that own different things do: %s', async (_, mine, theirs) => {
    const stage = new Stage()
    const done = stage.schedule([lab('a', 10, { owns: mine }), lab('b', 9, { owns: theirs })], 2)
    expect(stage.running()).toEqual(['a', 'b'])
    await stage.end('a')
    await stage.end('b')
    await done
  })

  test('an abort begins no further lab, and waits for those that run to tidy up', async () => {
    const stage = new Stage()
    let ended = false
    const done = stage.schedule([lab('a'), lab('b'), lab('c')], 2).catch((error: unknown) => {
      ended = true
      return error
    })
    const reason = new Error('interrupted')
    stage.abort(reason)
    await stage.end('a', reason)
    expect({ ended, running: stage.running() }).toEqual({ ended: false, running: ['b'] })
    await stage.end('b', new Error('something else on the way out'))
    expect(await done).toBe(reason)
    expect(stage.begun).toEqual(['a', 'b'])
  })

  test('an abort before the first lab begins none', async () => {
    const stage = new Stage()
    stage.abort(new Error('too late'))
    await expect(stage.schedule([lab('a')], 1)).rejects.toThrow('too late')
    expect(stage.begun).toEqual([])
  })

  test('an error that is no result ends the run, after the labs in work', async () => {
    const stage = new Stage()
    const done = stage.schedule([lab('a'), lab('b'), lab('c')], 2).catch((error: unknown) => error)
    await stage.end('a', new Error('first'))
    await stage.end('b', new Error('second'))
    expect(await done).toMatchObject({ message: 'first' })
    expect(stage.begun).toEqual(['a', 'b'])
  })

  test('no labs take no time', async () => {
    expect(await new Stage().schedule([], 4)).toEqual([])
  })
})
