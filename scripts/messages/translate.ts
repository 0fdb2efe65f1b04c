import type { Language } from '../text.ts'
import { en } from './en.ts'
import { zh } from './zh.ts'

export type MessageKey = keyof typeof en

/** The names in braces of a message: `'{passed} of {total}'` → `'passed' | 'total'`. */
type Blanks<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Blanks<Rest> : never

/** A message without blanks. */
export type PlainKey = { [Key in MessageKey]: [Blanks<(typeof en)[Key]>] extends [never] ? Key : never }[MessageKey]

type Values<Key extends MessageKey> = [Blanks<(typeof en)[Key]>] extends [never]
  ? []
  : [values: Readonly<Record<Blanks<(typeof en)[Key]>, string | number>>]

/** Gives a message in the learner's language, its blanks filled in. A missing value does not compile. */
export type Translate = <Key extends MessageKey>(key: Key, ...values: Values<Key>) => string

export function createTranslate(language: Language): Translate {
  const catalogue: Readonly<Record<MessageKey, string>> = language === 'zh' ? zh : en
  return (key, ...[values]) => {
    const filled: Readonly<Record<string, string | number>> = values ?? {}
    return catalogue[key].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(filled[name]))
  }
}
