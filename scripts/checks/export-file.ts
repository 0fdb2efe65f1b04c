import { posix } from 'node:path'
import type { Text } from '../text.ts'
import { type Check, type CheckContext, say } from './check.ts'
import { directoryOf, entryOf, keyOf, type OnExport, placeOf } from './export-place.ts'
import { conclude, type Fact, fact } from './facts.ts'
import { bytesOf } from './quantity.ts'

/**
 * A file of such a directory is on the NFS server, and holds the text if one is given.
 * @param where.atLeast its size, such as `20Mi`; then the file is not read.
 */
export function exportFile(
  where: OnExport & { readonly file: string } & (
      | { readonly contains?: string; readonly atLeast?: never }
      | { readonly atLeast: string; readonly contains?: never }
    ),
): Check {
  const { file, contains, atLeast } = where
  const place = placeOf(where)
  const quality: Text =
    contains !== undefined
      ? { en: `, with "${contains}" in it`, zh: `，其中有 "${contains}"` }
      : atLeast !== undefined
        ? { en: `, of at least ${atLeast}`, zh: `，不小于 ${atLeast}` }
        : { en: '', zh: '' }
  return {
    id: posix.join('export-file', keyOf(where), file),
    kind: 'observe',
    title: {
      en: `The NFS server has ${file} in ${place.en}${quality.en}`,
      zh: `NFS 服务器上，${place.zh}里有 ${file}${quality.zh}`,
    },
    async run(context) {
      const found = 'claim' in where ? await directoryOf(context, where.claim) : where
      if ('missing' in found) return conclude(context, `PVC ${keyOf(where)}`, [found.missing])
      const path = posix.join(found.directory, file)
      if (atLeast !== undefined) return conclude(context, path, [await sizeFact(context, path, atLeast)])
      return conclude(context, path, [await fileFact(context, path, contains)])
    },
  }
}

async function sizeFact(context: CheckContext, path: string, atLeast: string): Promise<Fact> {
  const entry = await entryOf(context, path, 'file')
  const bytes = (size: number | string): string => say(context, { en: `${size} bytes`, zh: `${size} 字节` })
  const observed = entry ? bytes(entry.sizeBytes) : say(context, { en: 'no such file', zh: '没有这个文件' })
  const wanted = say(context, { en: `at least ${bytes(bytesOf(atLeast))}`, zh: `至少 ${bytes(bytesOf(atLeast))}` })
  return fact(wanted, observed, context.export.command(path), entry !== undefined && entry.sizeBytes >= bytesOf(atLeast))
}

/** What is in a file of the export, compared with a text that it should hold. */
export async function fileFact(context: CheckContext, path: string, contains: string | undefined): Promise<Fact> {
  const content = await context.export.read(path, context.signal)
  const there = say(context, { en: `${path} on the server`, zh: `服务器上有 ${path}` })
  const expected =
    contains === undefined ? there : say(context, { en: `"${contains}" in ${path}`, zh: `${path} 里有 "${contains}"` })
  if (content === undefined) {
    const none = say(context, { en: 'no such file', zh: '没有这个文件' })
    return fact(expected, none, context.export.command(posix.join(path, '..').replace(/^\.$/, '')))
  }
  if (contains === undefined) {
    const size = say(context, { en: `a file of ${content.length} bytes`, zh: `${content.length} 字节的文件` })
    return fact(there, size, context.export.command(path), true)
  }
  const holds = content.includes(latin1(contains))
  const command = context.export.command(path, isText(content) ? 'cat' : 'ls')
  return fact(expected, holds ? expected : shown(context, content), command, holds)
}

/** As much of a file as a person can take in. */
function shown(context: CheckContext, content: string): string {
  if (!isText(content)) return say(context, { en: `${content.length} bytes without it`, zh: `${content.length} 字节，其中没有` })
  const first = [...utf8(content).trim()].slice(0, SHOWN).join('')
  return first === '' ? say(context, { en: 'an empty file', zh: '空文件' }) : JSON.stringify(first)
}

/** Whether a terminal can show it: no control characters but white space. */
function isText(content: string): boolean {
  return !/[^\P{C}\s]/u.test(utf8(content))
}

function utf8(content: string): string {
  return Buffer.from(content, 'latin1').toString('utf8')
}

const SHOWN = 100

/** Text as `ExportView.read` gives a file's bytes. */
export function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}
