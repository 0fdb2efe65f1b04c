import { posix } from 'node:path'
import type { ExportEntry } from '../nfs/export-view.ts'
import { EXPORT_PATH } from '../nfs/export-path.ts'
import type { Text } from '../text.ts'
import { type Check, type CheckContext, type Finding, say } from './check.ts'
import { conclude, type Fact, fact, kubectl, kubectlAll } from './facts.ts'
import { bytesOf } from './quantity.ts'
import { readClaim, readVolume } from './volumes.ts'

/** A directory of the export: that of a claim's volume, or the one of this name; `''` is the export itself. */
export type OnExport = { readonly claim: string } | { readonly directory: string }

/**
 * A directory is on the NFS server. That of a claim is named `<namespace>-<claim>-<volume>`, and open to every user.
 * @param where.under of a claim's: the directory that its provisioner makes directories in. Default: the export itself.
 */
export function exportDirectory(
  where: { readonly claim: string; readonly under?: string } | { readonly directory: string },
): Check {
  const place = placeOf(where)
  return {
    id: posix.join('export-directory', keyOf(where)),
    kind: 'observe',
    title: { en: `The NFS server has ${place.en}`, zh: `NFS 服务器上有${place.zh}` },
    run: (context) => ('claim' in where ? claimDirectory(context, where) : namedDirectory(context, where.directory)),
  }
}

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

async function claimDirectory(context: CheckContext, { claim, under = '' }: { claim: string; under?: string }): Promise<Finding> {
  const found = await directoryOf(context, claim)
  if ('missing' in found) return conclude(context, `PVC ${claim}`, [found.missing])
  const expected = posix.join(under, `${context.namespace}-${claim}-${found.volume}`)
  const entry = await entryOf(context, found.directory)
  const command = context.export.command(under)
  const onServer = (mode: string): string =>
    say(context, { en: `it on the server with mode ${mode}`, zh: `它在服务器上，权限 ${mode}` })
  return conclude(context, say(context, { en: 'NFS export', zh: 'NFS 导出目录' }), [
    fact(
      say(context, { en: `the volume's directory ${expected}`, zh: `卷的目录 ${expected}` }),
      say(context, { en: `the volume's directory ${found.directory}`, zh: `卷的目录 ${found.directory}` }),
      command,
    ),
    fact(
      onServer('777'),
      entry ? onServer(entry.mode.toString(8)) : say(context, { en: 'no such directory', zh: '没有这个目录' }),
      command,
    ),
  ])
}

async function namedDirectory(context: CheckContext, directory: string): Promise<Finding> {
  const none = say(context, { en: 'no such directory', zh: '没有这个目录' })
  const found = (await entryOf(context, directory)) !== undefined
  return conclude(context, say(context, { en: 'NFS export', zh: 'NFS 导出目录' }), [
    fact(directory, found ? directory : none, context.export.command(posix.dirname(directory).replace('.', ''))),
  ])
}

async function entryOf(
  context: CheckContext,
  path: string,
  wanted: ExportEntry['kind'] = 'directory',
): Promise<ExportEntry | undefined> {
  const parent = posix.dirname(path)
  const entries = (await context.export.list(parent === '.' ? '' : parent, context.signal)) ?? []
  return entries.find(({ name, kind }) => name === posix.basename(path) && kind === wanted)
}

function placeOf(where: OnExport): Text {
  if ('claim' in where) return { en: `the directory of PVC ${where.claim}`, zh: ` PVC ${where.claim} 的目录` }
  if (where.directory === '') return { en: 'the export', zh: '导出目录' }
  return { en: `the directory ${where.directory}`, zh: `目录 ${where.directory} ` }
}

function keyOf(where: OnExport): string {
  return 'claim' in where ? where.claim : where.directory
}

/** Text as `ExportView.read` gives a file's bytes. */
export function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** The directory that a claim's volume is, as a path on the export, or the fact that there is none. */
export async function directoryOf(
  context: CheckContext,
  claim: string,
): Promise<{ readonly directory: string; readonly volume: string } | { readonly missing: Fact }> {
  const command = kubectl(context, 'get', 'pvc', claim)
  const bound = await readClaim(context, claim)
  if (!bound)
    return {
      missing: fact(
        say(context, { en: 'a PVC of this name', zh: '有这个名字的 PVC' }),
        say(context, { en: 'none', zh: '没有' }),
        command,
      ),
    }
  const volume = bound.spec?.volumeName
  if (!volume)
    return {
      missing: fact(
        say(context, { en: 'a volume', zh: '有卷' }),
        say(context, {
          en: `none: the PVC is ${bound.status?.phase ?? 'Pending'}`,
          zh: `没有：PVC 处于 ${bound.status?.phase ?? 'Pending'}`,
        }),
        command,
      ),
    }
  const path = (await readVolume(context, volume))?.spec?.nfs?.path
  const shows = kubectlAll('get', 'pv', volume, '-o', 'jsonpath={.spec.nfs}')
  if (path === undefined)
    return {
      missing: fact(
        say(context, { en: 'an NFS volume', zh: 'NFS 卷' }),
        say(context, { en: `PV ${volume} is not NFS`, zh: `PV ${volume} 不是 NFS` }),
        shows,
      ),
    }
  if (!path.startsWith(`${EXPORT_PATH}/`))
    return { missing: fact(say(context, { en: `a path below ${EXPORT_PATH}`, zh: `${EXPORT_PATH} 下的路径` }), path, shows) }
  return { directory: posix.relative(EXPORT_PATH, path), volume }
}
