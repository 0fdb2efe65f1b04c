import type { Text } from '../../scripts/text.ts'

/** What is missing or stale between a text in English and the same in Chinese: one line for each fault. */
export function textProblems(where: string, { en, zh }: Text, names: readonly string[]): string[] {
  return [
    ...(isChinese(zh) ? [] : [`${where}: zh is not Chinese: ${JSON.stringify(zh)}`]),
    ...(/\p{Script=Han}/u.test(en) ? [`${where}: en is not English: ${JSON.stringify(en)}`] : []),
    ...differences(`${where}: code`, codeSpans(en), codeSpans(zh)),
    ...differences(`${where}: name`, namesIn(en, names), namesIn(zh, names)),
    ...differences(`${where}: amount`, amounts(en), amounts(zh)),
  ]
}

/** The same for a whole brief. */
export function briefProblems(where: string, { en, zh }: Text, names: readonly string[]): string[] {
  const blocks = { en: codeBlocks(en), zh: codeBlocks(zh) }
  return [
    ...(headings(en) === headings(zh) ? [] : [`${where}: headings: en has ${headings(en)}, zh has ${headings(zh)}`]),
    ...(blocks.en.length === blocks.zh.length
      ? blocks.en.flatMap((block, index) =>
          block === blocks.zh[index]
            ? []
            : [`${where}: code block ${index + 1} differs:\n--- en\n${block}\n--- zh\n${blocks.zh[index]}`],
        )
      : [`${where}: code blocks: en has ${blocks.en.length}, zh has ${blocks.zh.length}`]),
    ...textProblems(where, { en: withoutBlocks(en), zh: withoutBlocks(zh) }, names),
  ]
}

/** Every text in two languages of a lab, with its place in it: `tasks[0].hints[1].text`. */
export function textsOf(value: unknown, path = ''): { readonly path: string; readonly text: Text }[] {
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return []
  if (isText(value)) return [{ path, text: value }]
  return Object.entries(value).flatMap(([name, inner]) =>
    textsOf(inner, Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`),
  )
}

function isText(value: object): value is Text {
  const { en, zh } = value as Partial<Text>
  return typeof en === 'string' && typeof zh === 'string'
}

/** A text that is nothing but names, such as `PVC`, is the same in every language. */
function isChinese(zh: string): boolean {
  return /\p{Script=Han}/u.test(zh) || !/(?<![\w-])[a-z]/.test(zh.replaceAll(/`[^`]*`/g, ''))
}

function differences(what: string, en: ReadonlySet<string>, zh: ReadonlySet<string>): string[] {
  return [
    ...[...en].filter((each) => !zh.has(each)).map((each) => `${what} ${each} is missing in zh`),
    ...[...zh].filter((each) => !en.has(each)).map((each) => `${what} ${each} is missing in en`),
  ]
}

function codeSpans(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => `\`${code.replaceAll(/\s+/g, ' ')}\``))
}

/** Names of the lab's objects, with the ordinals of their Pods. A name that is an ordinary word as well proves nothing. */
function namesIn(text: string, names: readonly string[]): ReadonlySet<string> {
  const telling = names.filter((name) => /[-\d]/.test(name)).sort((a, b) => b.length - a.length)
  if (telling.length === 0) return new Set()
  const pattern = new RegExp(`(?<![a-z0-9-])(?:${telling.join('|')})(?:-\\d+)?(?![a-z0-9])`, 'g')
  return new Set([...text.matchAll(pattern)].map(([name]) => name))
}

/** Sizes and ports: what a learner types. */
function amounts(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/(?<![\w.])\d+(?:[KMG]i)(?!\w)|(?<![\w.])\d{4,}(?!\w|\.\d)/g)].map(([amount]) => amount))
}

function headings(text: string): string {
  return [...withoutBlocks(text).matchAll(/^(#+) /gm)].map(([, marks]) => marks).join(' ')
}

/** Comments are for the reader, and translated; the rest is typed. */
function codeBlocks(text: string): string[] {
  return [...text.matchAll(FENCED)].map(([, , block = '']) => block.replaceAll(/(^|\s)#.*$/gm, '').replaceAll(/^\s+|\s+$/gm, ''))
}

function withoutBlocks(text: string): string {
  return text.replaceAll(FENCED, '')
}

const FENCED = /^[ ]*```(\w*)\n([\s\S]*?)^[ ]*```[ ]*$/gm
