import { describe, expect, it } from 'vitest'
import { displayWidth, padTo, wrapText } from '../../../scripts/report/wrap.ts'

describe('wrapText', () => {
  it('breaks between words', () => {
    expect(wrapText('one two three four', 9)).toEqual(['one two', 'three', 'four'])
  })

  it('breaks a word that is longer than a line', () => {
    expect(wrapText('abcdefgh', 3)).toEqual(['abc', 'def', 'gh'])
  })

  it('keeps lines that were broken already, empty ones too', () => {
    expect(wrapText('a\n\nb', 9)).toEqual(['a', '', 'b'])
  })

  it('counts a Chinese character as two columns, and begins no line with a closing mark', () => {
    const lines = wrapText('卷属于一个申领，申领比它活得更久。卷也不用手工创建。', 16)
    expect(lines.join('')).toBe('卷属于一个申领，申领比它活得更久。卷也不用手工创建。')
    for (const line of lines) {
      expect(displayWidth(line)).toBeLessThanOrEqual(16)
      expect(line).not.toMatch(/^[，。]/)
    }
    expect(lines[0]).toBe('卷属于一个申领，')
  })

  it('does not count colours, and keeps them over a break', () => {
    expect(wrapText('\u001B[31mone two\u001B[39m', 4)).toEqual(['\u001B[31mone\u001B[39m', '\u001B[31mtwo\u001B[39m'])
  })
})

it('padTo fills up to a width, and cuts nothing', () => {
  expect([padTo('中', 4), padTo('abcde', 4)]).toEqual(['中  ', 'abcde'])
})
