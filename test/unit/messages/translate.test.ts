import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { languageOfLocale } from '../../../scripts/messages/choose-language.ts'
import { en } from '../../../scripts/messages/en.ts'
import { createTranslate, type MessageKey } from '../../../scripts/messages/translate.ts'
import { zh } from '../../../scripts/messages/zh.ts'

const SCRIPTS = new URL('../../../scripts/', import.meta.url).pathname
const keys = Object.keys(en) as MessageKey[]

describe('the catalogue of messages', () => {
  it('has the same keys in both languages', () => {
    expect(Object.keys(zh).sort()).toEqual([...keys].sort())
  })

  it('has no empty text', () => {
    expect(keys.filter((key) => en[key].trim() === '' || zh[key].trim() === '')).toEqual([])
  })

  it('has the same blanks in both languages', () => {
    const blanks = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(([blank]) => blank).sort()
    expect(keys.filter((key) => blanks(en[key]).join() !== blanks(zh[key]).join())).toEqual([])
  })

  it('is written in Chinese on the Chinese side, but for names that are the same everywhere', () => {
    const untranslated = keys.filter((key) => !/\p{Script=Han}/u.test(zh[key]))
    expect(untranslated).toEqual(['status.provisioner', 'logs.provisioner'])
  })

  it('holds no message that nothing says', () => {
    const code = sourceFiles(SCRIPTS)
      .filter((file) => !/messages\/(en|zh)\.ts$/.test(file))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    const said = (key: string): boolean => code.includes(`'${key}'`)
    // Results say their status by its name: `status.${status}`.
    const byStatus = ['passed', 'failed', 'error', 'blocked', 'skipped'].map((status) => `status.${status}`)
    expect(keys.filter((key) => !said(key) && !byStatus.includes(key))).toEqual([])
  })
})

describe('createTranslate', () => {
  it('fills in the blanks', () => {
    expect(createTranslate('en')('error.unknownLab', { lab: '"x"' })).toBe('there is no lab "x"')
    expect(createTranslate('zh')('error.unknownLab', { lab: '"x"' })).toBe('没有实验 "x"')
  })

  it('leaves a value as it is, braces and dollars included', () => {
    expect(createTranslate('en')('error.unknownLab', { lab: '{lab} $& $1' })).toBe('there is no lab {lab} $& $1')
  })
})

describe('languageOfLocale', () => {
  it.each([
    [{ LANG: 'zh_CN.UTF-8' }, 'zh'],
    [{ LANG: 'zh' }, 'zh'],
    [{ LANG: 'de_DE.UTF-8' }, 'en'],
    [{ LANG: 'C' }, 'en'],
    [{}, 'en'],
    [{ LANG: 'zh_CN.UTF-8', LC_ALL: 'C' }, 'en'],
    [{ LANG: 'en_US.UTF-8', LC_MESSAGES: 'zh_TW' }, 'zh'],
    [{ LANG: 'zh_CN', LC_ALL: '' }, 'zh'],
  ])('reads %o as %s', (env, language) => {
    expect(languageOfLocale(env)).toBe(language)
  })
})

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
}
