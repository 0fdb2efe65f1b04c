import type { Text } from '../text.ts'

/** Where a field of a lab is: `['tasks', 0, 'title', 'zh']`. */
export type FieldPath = readonly PropertyKey[]

/** Something that is wrong with a field of what a `lab.ts` exports. */
export interface FieldProblem {
  readonly path: FieldPath
  /** What was expected and what was found, without the field. */
  readonly text: Text
}

/** Something that is wrong with a lab, and where. */
export interface LabProblem {
  /** Absolute path. */
  readonly file: string
  readonly line?: number | undefined
  readonly text: Text
}

/** One line for each language: `…/lab.ts:12: minutes: expected a number, found "5"`. */
export function describeProblem({ file, line, text }: LabProblem): Text {
  const place = line === undefined ? file : `${file}:${line}`
  return { en: `${place}: ${text.en}`, zh: `${place}: ${text.zh}` }
}

/** The problem of a field with the field's name in front, as a person would write it: `tasks[0].title.zh`. */
export function describeField({ path, text }: FieldProblem): Text {
  const name = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  const field = name === '' ? 'export default' : name.replace(/^\./, '')
  return { en: `${field}: ${text.en}`, zh: `${field}: ${text.zh}` }
}

/** As every problem says it. */
export function expectedFound(expected: Text, found: Text): Text {
  return { en: `expected ${expected.en}, found ${found.en}`, zh: `应为${expected.zh}，实际是${found.zh}` }
}

/** A value as a person reads it in a message: short, and in words where its text would not help. */
export function describeValue(value: unknown): Text {
  if (value === undefined) return { en: 'nothing', zh: '空缺' }
  if (typeof value === 'string' && value.trim() === '') return { en: 'an empty text', zh: '空文本' }
  if (typeof value === 'function') return { en: 'a function', zh: '函数' }
  if (Array.isArray(value)) return value.length === 0 ? { en: 'an empty list', zh: '空列表' } : { en: 'a list', zh: '列表' }
  if (value instanceof RegExp) return same(String(value))
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value).slice(0, 4).join(', ')
    return { en: `an object${names && ` with ${names}`}`, zh: `对象${names && `（${names}）`}` }
  }
  const text = JSON.stringify(value) ?? String(value)
  return same(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)
}

const LONGEST = 60

function same(text: string): Text {
  return { en: text, zh: ` ${text} ` }
}
