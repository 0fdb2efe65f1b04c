import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from '../../../scripts/wait/duration.ts'

describe('parseDuration', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1m30s', 90_000],
    ['250ms', 250],
    ['1h', 3_600_000],
    ['1.5h', 5_400_000],
    ['1h2m3s4ms', 3_723_004],
    ['0m5s', 5_000],
    ['007s', 7_000],
    // Timers take whole milliseconds only: what is in between is rounded, and never to nothing.
    ['2.3s', 2_300],
    ['1.005s', 1_005],
    ['0.1ms', 1],
    ['596h', 2_145_600_000],
  ])('reads %s as %i ms', (input, ms) => {
    expect(parseDuration(input)).toBe(ms)
    expect(() => AbortSignal.timeout(parseDuration(input))).not.toThrow()
  })

  it.each([
    '0',
    '-1s',
    '5',
    '',
    ' ',
    '0s',
    '0ms',
    '0h0m',
    '+5s',
    '5S',
    '5 s',
    ' 5s',
    '5s ',
    '5s\n',
    '1d',
    's',
    '.5s',
    '1.s',
    '1,5s',
    '1e3s',
    '5s-1s',
    'NaNs',
    'Infinity',
    '五s',
  ])('refuses %j and says how to write it', (input) => {
    expect(() => parseDuration(input, '--timeout')).toThrow(
      expect.objectContaining({
        code: 'bad-input',
        message: `--timeout ${JSON.stringify(input)} is not a duration greater than zero`,
        fix: 'write it like 90s, 5m or 1m30s',
      }),
    )
  })

  it.each(['597h', '2147483648ms', `${'9'.repeat(400)}s`])('refuses %j: no timer can wait that long', (input) => {
    expect(() => parseDuration(input)).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringContaining('too long') }),
    )
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0.0s'],
    [400, '0.4s'],
    [9_949, '9.9s'],
    [12_000, '12s'],
    [59_499, '59s'],
    [59_500, '1m00s'],
    [185_000, '3m05s'],
    [3_600_000, '60m00s'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})
