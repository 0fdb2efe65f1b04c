import type { Text } from '../text.ts'

/** What the schema expects, by the word that its rules carry as their message. */
export const EXPECTATIONS = {
  id: { en: 'lower-case letters, digits and hyphens, at most 40', zh: '小写字母、数字和连字符，最多 40 个字符' },
  words: { en: 'a text', zh: '一段文字' },
  check: { en: 'a check, such as pvcBound(…)', zh: '一项检查，例如 pvcBound(…)' },
  observation: { en: 'a check that only observes', zh: '只观察的检查' },
  file: { en: 'a file inside the folder', zh: '目录内的文件' },
  kind: { en: 'a kind that labs know', zh: '实验认识的资源类型' },
  regularExpression: { en: 'a regular expression', zh: '正则表达式' },
  range: { en: 'a range such as ">=1.27"', zh: '版本范围，例如 ">=1.27"' },
  nodePath: { en: 'a path below /tmp or /mnt', zh: '/tmp 或 /mnt 之下的路径' },
  directory: { en: 'the name of a directory', zh: '目录名' },
  checks: { en: 'at least one check', zh: '至少一项检查' },
  hints: { en: 'at least one hint', zh: '至少一条提示' },
  tasks: { en: 'at least one task', zh: '至少一个任务' },
  steps: { en: 'at least one step', zh: '至少一个步骤' },
  program: { en: 'a program and its arguments', zh: '程序及其参数' },
  variants: { en: 'at least two variants', zh: '至少两个变体' },
  minutes: { en: 'whole minutes from 1 to 240', zh: '1 到 240 之间的整数分钟' },
  count: { en: 'a whole number that is large enough', zh: '足够大的整数' },
} as const satisfies Readonly<Record<string, Text>>

export type Expectation = keyof typeof EXPECTATIONS

/** What a value's type is called. */
export const TYPES: Readonly<Record<string, Text>> = {
  string: { en: 'a text', zh: '一段文字' },
  number: { en: 'a number', zh: '一个数' },
  int: { en: 'a whole number', zh: '一个整数' },
  boolean: { en: 'true or false', zh: 'true 或 false' },
  object: { en: 'an object', zh: '一个对象' },
  array: { en: 'a list', zh: '一个列表' },
}
