import { describe, expect, test } from 'vitest'
import { locateIn } from '../../../scripts/catalog/locate-in-source.ts'
import { stripTypes } from '../../../scripts/catalog/strip-types.ts'

/** The text of the line where the field is written. */
function at(source: string, ...path: (string | number)[]): string | undefined {
  const line = locateIn(source).field(path)
  return line === undefined ? undefined : source.split('\n')[line - 1]?.trim()
}

const LAB = `
import { defineLab } from 'statelab/lab'

const why = {
  en: 'because',
  zh: '因为',
}
const shared = [
  { id: 'first' },
  { id: 'second' },
]
const base = {
  track: 'redis',
  minutes: 5,
}

export default defineLab({
  ...base,
  id: 'a',
  minutes: 6,
  'title': {
    en: 'A',
  },
  tasks: [
    ...shared,
    {
      id: 'third',
      why,
    },
    make('fourth'),
    ...makeMore(),
  ],
})
`

describe('locateIn', () => {
  test.each([
    [['id'], "id: 'a',"],
    [['title', 'en'], "en: 'A',"],
    [['tasks', 2, 'id'], "id: 'third',"],
  ])('finds what is written out: %j', (path, line) => {
    expect(at(LAB, ...path)).toBe(line)
  })

  test.each([
    [['track'], "track: 'redis',"],
    [['tasks', 1, 'id'], "{ id: 'second' },"],
    [['tasks', 2, 'why'], 'why,'],
    [['tasks', 2, 'why', 'zh'], "zh: '因为',"],
  ])('looks behind constants and into what is spread: %j', (path, line) => {
    expect(at(LAB, ...path)).toBe(line)
  })

  test('takes the last of several, as the module does', () => {
    expect(at(LAB, 'minutes')).toBe('minutes: 6,')
  })

  test.each([
    [['title', 'zh'], "'title': {"],
    [['tasks', 3, 'checks', 0], "make('fourth'),"],
    [['tasks', 9, 'id'], '...makeMore(),'],
    [['wrong'], 'export default defineLab({'],
  ])('gives the nearest place around what is not written out: %j', (path, line) => {
    expect(at(LAB, ...path)).toBe(line)
  })

  test('follows a default export that is a constant', () => {
    expect(at("const lab = {\n  id: 'a',\n}\nexport default lab", 'id')).toBe("id: 'a',")
  })

  test('does not follow constants in a circle', () => {
    expect(at('const a = b\nconst b = a\nexport default { id: a }', 'id', 'x')).toBe('export default { id: a }')
  })

  test('knows no place without a default export', () => {
    expect(locateIn('export const a = 1').field(['id'])).toBeUndefined()
  })

  test('finds imports by name and by module', () => {
    const source = "import { a } from 'one'\nimport {\n  b,\n  c as d,\n} from './two.ts'\n"
    expect(['one', 'a', './two.ts', 'c', 'd', 'e'].map((name) => locateIn(source).import(name))).toEqual([
      1,
      1,
      5,
      4,
      undefined,
      undefined,
    ])
  })
})

describe('stripTypes', () => {
  test('leaves every line where it is', async () => {
    const stripped = await stripTypes('interface A {\n  a: 1\n}\nexport default { id: 1 as number } as const\n')
    expect(locateIn(stripped ?? '').field(['id'])).toBe(4)
  })

  test('gives nothing for what is no TypeScript', async () => {
    expect(await stripTypes('export default {')).toBeUndefined()
  })
})
