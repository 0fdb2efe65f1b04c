import { readFile } from 'node:fs/promises'
import { parse, resolve } from 'node:path'
import { badInput } from '../errors.ts'
import { recognizeProgress } from '../progress/progress-shape.ts'
import type { Progress } from '../progress/progress.ts'
import { oneLine } from '../report/printable.ts'
import type { Learner } from './class-report.ts'
import type { Session } from './session.ts'

/**
 * Reads what learners have handed in; each is called as their file is, without its extension.
 * @throws {StatelabError} `bad-input` for the first file that is not what `report` exports, and for two of the same name.
 */
export async function readExports(session: Session, files: readonly string[]): Promise<Learner[]> {
  const byName = new Map<string, string>()
  for (const file of files) {
    const name = nameOf(file)
    const other = byName.get(name)
    if (other !== undefined) throw twice(session, name, [other, file])
    byName.set(name, file)
  }
  const learners: Learner[] = []
  for (const [name, file] of byName) learners.push({ name, progress: await readExport(session, file) })
  return learners
}

/**
 * @param targets absolute paths of what will be written.
 * @throws {StatelabError} `bad-input` where that is one of the files that are read.
 */
export function refuseToReplace({ t, io }: Session, files: readonly string[], targets: readonly string[]): void {
  const file = files.find((name) => targets.includes(resolve(io.cwd, name)))
  if (file !== undefined) throw badInput(t('error.exportTarget', { file: quoted(file) }), t('error.exportTarget.fix'))
}

function nameOf(file: string): string {
  return oneLine(parse(file).name)
}

function twice({ t }: Session, name: string, files: readonly string[]): Error {
  const [first = '', second = ''] = files.map(quoted)
  return badInput(t('error.exportTwice', { name: quoted(name), first, second }), t('error.exportTwice.fix'))
}

async function readExport(session: Session, file: string): Promise<Progress> {
  const { t } = session
  const found = recognizeProgress(await readJson(session, file))
  if ('progress' in found) return found.progress
  if ('newer' in found) {
    throw badInput(t('error.exportNewer', { file: quoted(file), schema: found.newer }), t('error.exportNewer.fix'))
  }
  throw badInput(t('error.exportShape', { file: quoted(file), why: quoted(found.problem) }), t('error.export.fix'))
}

async function readJson({ t, io, signal }: Session, file: string): Promise<unknown> {
  const bytes = await readFile(resolve(io.cwd, file), { signal }).catch((error: NodeJS.ErrnoException) => {
    signal.throwIfAborted()
    if (error.code === 'ENOENT') throw badInput(t('error.exportMissing', { file: quoted(file) }), t('error.exportMissing.fix'))
    throw badInput(t('error.exportUnreadable', { file: quoted(file), why: error.code ?? '?' }), t('error.exportMissing.fix'))
  })
  try {
    return JSON.parse(decode(bytes))
  } catch {
    throw badInput(t('error.exportNotJson', { file: quoted(file) }), t('error.export.fix'))
  }
}

/** Windows PowerShell's `>` writes UTF-16, which begins with these two bytes. */
function decode(bytes: Buffer): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes)
}

function quoted(text: string): string {
  return oneLine(JSON.stringify(text))
}
