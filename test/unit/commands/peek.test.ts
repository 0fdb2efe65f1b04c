import { describe, expect, it } from 'vitest'
import { peek } from '../../../scripts/commands/peek.ts'

describe('peek', () => {
  it.each([
    [['up', '-o', 'json'], true],
    [['up', '-ojson'], true],
    [['up', '--output', 'json'], true],
    [['up', '--output=json'], true],
    [['-o', 'json', 'kubectl', 'get'], true],
    [['kubectl', 'get', 'pods', '-o', 'json'], false],
    [['up', '-o', 'table'], false],
    [['up', '-o', 'json', '-o', 'table'], false],
    [['up', '-o'], false],
    [['up'], false],
  ])('sees whether %o asks for JSON: %s', (argv, json) => {
    expect(peek(argv, {}).json).toBe(json)
  })

  it('reads the variables too', () => {
    expect(peek(['up'], { STATELAB_OUTPUT: 'json', STATELAB_LANG: 'zh' })).toEqual({ json: true, language: 'zh', color: true })
    expect(peek(['up', '--lang', 'en', '--no-color'], { STATELAB_LANG: 'zh' })).toEqual({
      json: false,
      language: 'en',
      color: false,
    })
  })

  it('falls back to the locale when the language asked for is none', () => {
    expect(peek(['--lang', 'fr'], { LANG: 'zh_CN' }).language).toBe('zh')
  })
})
