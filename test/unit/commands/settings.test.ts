import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CommonFlags, resolveSettings } from '../../../scripts/commands/settings.ts'
import { createTranslate } from '../../../scripts/messages/translate.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'statelab-settings-'))
  writeFileSync(join(folder, 'file'), '')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const settings = (flags: CommonFlags, variables: Readonly<Record<string, string>> = {}) =>
  resolveSettings(flags, variables, folder, createTranslate('en'))

describe('resolveSettings', () => {
  it('has defaults', () => {
    expect(settings({})).toMatchObject({
      environment: { name: 'statelab' },
      source: undefined,
      output: 'table',
      language: 'en',
      quiet: false,
      color: true,
      timeoutMs: undefined,
      labFolders: [],
      mayUp: true,
      mayInstall: true,
    })
  })

  it('reads flags', () => {
    const flags = {
      name: 'x',
      source: 'bundle',
      output: 'json',
      lang: 'zh',
      quiet: true,
      color: false,
      timeout: '1m30s',
      labs: ['.'],
      up: false,
      install: false,
    }
    expect(settings(flags)).toMatchObject({
      environment: { name: 'x' },
      source: 'bundle',
      output: 'json',
      language: 'zh',
      quiet: true,
      color: false,
      timeoutMs: 90_000,
      labFolders: [folder],
      mayUp: false,
      mayInstall: false,
    })
  })

  it('reads variables of the same names', () => {
    const variables = {
      STATELAB_NAME: 'x',
      STATELAB_SOURCE: 'mirror',
      STATELAB_OUTPUT: 'json',
      STATELAB_LANG: 'zh',
      STATELAB_QUIET: '1',
      STATELAB_NO_COLOR: 'true',
      STATELAB_TIMEOUT: '5m',
      STATELAB_LABS: ['.', folder].join(delimiter),
      STATELAB_NO_UP: 'yes',
      STATELAB_NO_INSTALL: '1',
    }
    expect(settings({}, variables)).toMatchObject({
      environment: { name: 'x' },
      source: 'mirror',
      output: 'json',
      language: 'zh',
      quiet: true,
      color: false,
      timeoutMs: 300_000,
      labFolders: [folder, folder],
      mayUp: false,
      mayInstall: false,
    })
  })

  it('lets flags win over variables', () => {
    expect(settings({ name: 'flag', timeout: '1s' }, { STATELAB_NAME: 'A', STATELAB_TIMEOUT: 'x' })).toMatchObject({
      environment: { name: 'flag' },
      timeoutMs: 1_000,
    })
  })

  it('takes an empty variable for one that is not set, and "0" and "false" for no', () => {
    expect(
      settings({}, { STATELAB_NAME: '', STATELAB_SOURCE: '', STATELAB_QUIET: '0', STATELAB_NO_UP: 'false', STATELAB_LABS: '' }),
    ).toMatchObject({
      environment: { name: 'statelab' },
      source: undefined,
      quiet: false,
      mayUp: true,
      labFolders: [],
    })
  })

  it('has no mirrors by itself', () => {
    expect(settings({}).mirrors).toEqual({ registries: [] })
  })

  it('takes images from a mirror that is named on the command line, unless another source is', () => {
    expect(settings({ mirror: ['m.example:5000/p', 'debian=https://d.example'] })).toMatchObject({
      source: 'mirror',
      mirrors: { registries: [{ at: 'm.example:5000/p' }], debian: 'https://d.example' },
    })
    expect(settings({ mirror: ['m.example'], source: 'registry' }).source).toBe('registry')
    expect(settings({ mirror: ['m.example'] }, { STATELAB_SOURCE: 'packages' }).source).toBe('packages')
    expect(settings({ mirror: ['debian=https://d.example'] }).source).toBeUndefined()
  })

  it('reads mirrors from a variable, with commas between them; it chooses no source', () => {
    const variables = { STATELAB_MIRROR: 'docker.io=m.example, npm=https://n.example,' }
    expect(settings({}, variables)).toMatchObject({
      source: undefined,
      mirrors: { registries: [{ of: 'docker.io', at: 'm.example' }], npm: 'https://n.example' },
    })
    expect(settings({ mirror: ['other.example'] }, variables).mirrors).toEqual({ registries: [{ at: 'other.example' }] })
  })

  it('names the variable that is wrong', () => {
    expect(() => settings({}, { STATELAB_MIRROR: 'https://m.example' })).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(/^STATELAB_MIRROR /) }),
    )
    expect(() => settings({ mirror: ['m'] })).toThrow(expect.objectContaining({ message: expect.stringMatching(/^--mirror /) }))
  })

  it('takes the language from the locale', () => {
    expect(settings({}, { LANG: 'zh_CN.UTF-8' }).language).toBe('zh')
    expect(settings({ lang: 'en' }, { LANG: 'zh_CN.UTF-8' }).language).toBe('en')
  })

  it.each([
    '',
    'A',
    '-a',
    'a-',
    'a_b',
    '../x',
    'a/b',
    'a b',
    '$(id)',
    'a'.repeat(41),
    'naïve',
    '数据',
    'kind',
    '--help',
    'a\nb',
    'a\0',
  ])('refuses the name %j', (name) => {
    expect(() => settings({ name })).toThrow(expect.objectContaining({ code: 'bad-input' }))
  })

  it.each(['', '0', '0s', '-1s', '5', '5 s', '1d', 'NaN', '1e3s', `${'9'.repeat(400)}s`])(
    'refuses the duration %j',
    (timeout) => {
      expect(() => settings({ timeout })).toThrow(
        expect.objectContaining({ code: 'bad-input', message: expect.stringContaining('--timeout') }),
      )
    },
  )

  it.each([
    [{ source: 'Registry' }],
    [{ output: 'yaml' }],
    [{ lang: 'EN' }],
    [{ labs: ['none'] }],
    [{ labs: ['file'] }],
    [{ source: '' }],
  ])('refuses %o', (flags) => {
    expect(() => settings(flags)).toThrow(expect.objectContaining({ code: 'bad-input' }))
  })

  it.each<readonly [CommonFlags, Record<string, string>, string | undefined]>([
    [{}, {}, undefined],
    [{ kubernetes: 'v1.36.1' }, {}, 'v1.36.1'],
    [{ kubernetes: '1.36.1' }, {}, 'v1.36.1'],
    [{}, { STATELAB_KUBERNETES: 'v1.36.2' }, 'v1.36.2'],
    [{ kubernetes: 'v1.36.1' }, { STATELAB_KUBERNETES: 'v1.36.2' }, 'v1.36.1'],
  ])('reads the Kubernetes version from %o and %o', (flags, variables, version) => {
    expect(settings(flags, variables).kubernetes).toBe(version)
  })

  it('says which of the two has a malformed Kubernetes version', () => {
    expect(() => settings({ kubernetes: '1.36' })).toThrow('--kubernetes "1.36" is not a version')
    expect(() => settings({}, { STATELAB_KUBERNETES: 'latest' })).toThrow('STATELAB_KUBERNETES "latest" is not a version')
  })
})
