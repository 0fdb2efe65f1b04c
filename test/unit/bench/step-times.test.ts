import { expect, test } from 'vitest'
import { endOfStep } from '../../../scripts/bench/step-times.ts'

const LOG = `2026-11-21T03:55:53.865Z start storage: Prove a dynamic volume
2026-11-21T03:55:57.162Z done nodes after 1486 ms: 2 nodes Ready
2026-11-21T03:55:58.533Z done storage after 4668 ms: written and fsynced after 4.6s
`

test('the end of a step is when its line was written', () => {
  expect(endOfStep(LOG, 'storage')).toBe(Date.UTC(2026, 10, 21, 3, 55, 58, 533))
})

test('a step that did not end is an error that shows the log', () => {
  expect(() => endOfStep(LOG, 'cluster')).toThrow(/no end of step cluster:\n.*start storage/)
})
