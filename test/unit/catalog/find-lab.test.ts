import { describe, expect, test } from 'vitest'
import { findLab, nearestTo } from '../../../scripts/catalog/find-lab.ts'
import type { Lab } from '../../../scripts/catalog/lab.ts'

const labs = ['redis-persistence', 'redis-replication', 'quota'].map((id) => ({ id }) as Lab)

describe('findLab', () => {
  test('finds a lab by its id', () => expect(findLab(labs, 'quota')).toBe(labs[2]))

  test.each([
    ['redis-persistance', 'redis-persistence'],
    ['redis-replicaton', 'redis-replication'],
    ['qouta', 'quota'],
    ['replication', 'redis-replication'],
  ])('suggests the nearest for %s', (id, nearest) => {
    expect(() => findLab(labs, id)).toThrow(
      expect.objectContaining({
        code: 'bad-input',
        message: `there is no lab "${id}"`,
        fix: expect.stringContaining(`did you mean ${nearest}?`),
      }),
    )
  })

  test('suggests nothing when nothing is near', () => {
    expect(() => findLab(labs, 'x')).toThrow(expect.objectContaining({ fix: 'see the labs with: statelab list' }))
  })
})

test('there is nothing nearest among no words', () => expect(nearestTo('a', [])).toBeUndefined())
