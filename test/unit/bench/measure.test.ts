import { describe, expect, test } from 'vitest'
import { type Arm, alternate, median, pairRatios, seconds } from '../../../scripts/bench/measure.ts'

describe('median', () => {
  test.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[10, 9, 100], 10],
    [[4, 1, 3, 2], 2.5],
    [[1, 1, 1, 50, 50], 1],
  ])('of %j is %d', (samples, expected) => {
    expect(median(samples)).toBe(expected)
  })

  test('leaves the samples in their order', () => {
    const samples = [3, 1, 2]
    median(samples)
    expect(samples).toEqual([3, 1, 2])
  })

  test('of nothing is an error, not NaN', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})

describe('pairRatios', () => {
  test('compares each run with the one that followed it', () => {
    expect(pairRatios([10, 30, 50], [20, 20, 100])).toEqual([0.5, 1.5, 0.5])
  })

  test('a drift of the machine cancels out pair by pair, unlike in the ratio of the medians', () => {
    const [a, b] = [[10, 20, 40], [10, 20, 40].map((value) => value * 2)]
    expect(median(pairRatios(a, b))).toBe(0.5)
  })

  test('refuses samples that make no pairs', () => {
    expect(() => pairRatios([1, 2], [1])).toThrow('2 and 1 samples make no pairs')
  })
})

describe('alternate', () => {
  test('runs the arms in turns, each with nothing of its own there before and after', async () => {
    const did: string[] = []
    await alternate([arm('A', did), arm('B', did)], 2)
    const turn = ['remove A', 'run A', 'remove A', 'remove B', 'run B', 'remove B']
    expect(did).toEqual([...turn, ...turn])
  })

  test('an arm that fails is removed as well, and ends it all', async () => {
    const did: string[] = []
    const failing: Arm = { ...arm('A', did), run: () => Promise.reject(new Error('no cluster')) }
    await expect(alternate([failing, arm('B', did)], 2)).rejects.toThrow('no cluster')
    expect(did).toEqual(['remove A', 'remove A'])
  })
})

test('seconds counts from the call to the end of the work', async () => {
  const took = await seconds(() => new Promise((resolve) => setTimeout(resolve, 50)))
  expect(took).toBeGreaterThan(0.04)
  expect(took).toBeLessThan(5)
})

function arm(name: string, did: string[]): Arm {
  return {
    run: async () => void did.push(`run ${name}`),
    remove: async () => void did.push(`remove ${name}`),
  }
}
