import { describe, expect, it } from 'vitest'
import { createStyle, wantsColor } from '../../../scripts/report/style.ts'

describe('wantsColor', () => {
  it.each([
    [{ flag: true, isTerminal: true, env: {} }, true],
    [{ flag: true, isTerminal: false, env: {} }, false],
    [{ flag: false, isTerminal: true, env: {} }, false],
    [{ flag: true, isTerminal: true, env: { NO_COLOR: '1' } }, false],
    [{ flag: true, isTerminal: true, env: { NO_COLOR: '' } }, true],
    [{ flag: true, isTerminal: true, env: { TERM: 'dumb' } }, false],
    [{ flag: true, isTerminal: false, env: { FORCE_COLOR: '1' } }, true],
    [{ flag: true, isTerminal: false, env: { FORCE_COLOR: '0' } }, false],
    [{ flag: false, isTerminal: false, env: { FORCE_COLOR: '1' } }, false],
  ])('given %o says %s', (options, wanted) => {
    expect(wantsColor(options)).toBe(wanted)
  })
})

describe('createStyle', () => {
  it('colours whatever the stream of this process is', () => {
    expect(createStyle(true)('red', 'x')).toBe('\u001B[31mx\u001B[39m')
    expect(createStyle(false)('red', 'x')).toBe('x')
  })
})
