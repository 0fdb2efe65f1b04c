import { expect, test } from 'vitest'
import { parseVersionRange } from '../../../scripts/catalog/kubernetes-range.ts'

test.each([
  ['>=1.27', 'v1.36.3', true],
  ['>=1.27', 'v1.27.0', true],
  ['>=1.27', 'v1.9.11', false],
  ['>=1.27', 'v2.0.0', true],
  ['>=1.27 <1.36', 'v1.36.3', false],
  ['=1.36', 'v1.36.3', true],
  ['>1.36', 'v1.36.3', false],
  ['<=1.36', 'v1.36.3-beta.1', true],
  ['>=1.27', 'unknown', false],
])('%s holds for %s: %s', (range, version, holds) => {
  expect(parseVersionRange(range)?.(version)).toBe(holds)
})

test.each(['', '1.27', '>=1', '>= 1.27', '>=1.27 and more'])('%j is no range', (range) => {
  expect(parseVersionRange(range)).toBeUndefined()
})
