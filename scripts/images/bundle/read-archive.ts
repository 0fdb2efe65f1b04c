import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { badInput } from '../../errors.ts'
import { BLOCK, END, FILE, paddingOf, tarHeader, TYPE } from './tar.ts'

/** One file in an archive. */
export interface ArchivedFile {
  readonly path: string
  readonly bytes: number
  /** Where its content begins. */
  readonly offset: number
}

/** The archive is not what `tarOf` makes. Nothing after this place can be relied on. */
export class DamagedArchiveError extends Error {
  override readonly name = 'DamagedArchiveError'
}

/**
 * Reads the headers of an archive, one after the other, and everything else that is not content. Each must be, to the
 * bit, what `tarOf` writes: plain files only, in order, with clean relative names.
 * @param archive the whole file: `bytes` long.
 * @throws {DamagedArchiveError} saying where, and what is wrong there.
 */
export async function* readArchive(archive: { handle: FileHandle; bytes: number }): AsyncGenerator<ArchivedFile> {
  const { handle, bytes: total } = archive
  let position = 0
  let previous = ''
  for (;;) {
    const place = previous === '' ? 'at its beginning' : `after ${previous}`
    const block = await readAt(handle, position, BLOCK)
    if (block.length < BLOCK) throw new DamagedArchiveError(`it ends too early, ${place}`)
    if (isZero(block)) break
    const { path, bytes } = await checkedHeader(block, place)
    if (path <= previous) throw new DamagedArchiveError(`${path} stands after ${previous}: it is not in order, or there twice`)
    const offset = position + BLOCK
    if (offset + bytes > total) {
      throw new DamagedArchiveError(`it ends too early, in ${path}: ${total - offset} of its ${bytes} bytes are there`)
    }
    yield { path, bytes, offset }
    const padding = paddingOf(bytes)
    const filling = await readAt(handle, offset + bytes, padding)
    if (filling.length < padding) throw new DamagedArchiveError(`it ends too early, after ${path}`)
    if (!isZero(filling)) throw new DamagedArchiveError(`the filling after ${path} is damaged`)
    position = offset + bytes + padding
    previous = path
  }
  const end = await readAt(handle, position, END.length)
  if (end.length < END.length) throw new DamagedArchiveError('it ends too early, in the mark at its end')
  if (!isZero(end)) throw new DamagedArchiveError('the mark at its end is damaged')
  if (position + END.length !== total) throw new DamagedArchiveError('something follows its end')
}

/** The content of a file in an archive. */
export function readContent(path: string, { offset, bytes }: Omit<ArchivedFile, 'path'>): AsyncIterable<Buffer> {
  if (bytes === 0) return nothing()
  return createReadStream(path, { start: offset, end: offset + bytes - 1, highWaterMark: CHUNK })
}

/**
 * Opens a file that a user named.
 * @throws {StatelabError} `bad-input` when it is no file that can be read.
 */
export async function openFile(path: string): Promise<AsyncDisposable & { handle: FileHandle; bytes: number }> {
  const handle = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw badInput(cause.code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read: ${cause.message}`)
  })
  const stats = await handle.stat()
  if (!stats.isFile()) {
    await handle.close()
    throw badInput(`${path} is ${stats.isDirectory() ? 'a folder' : 'not a plain file'}, not a bundle`)
  }
  return { handle, bytes: stats.size, [Symbol.asyncDispose]: () => handle.close() }
}

async function* nothing(): AsyncGenerator<Buffer> {}

const CHUNK = 1024 * 1024

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), position })
  return buffer.subarray(0, bytesRead)
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0)
}

/** What a header says, if it is the very header of such a file. */
async function checkedHeader(block: Buffer, place: string): Promise<{ path: string; bytes: number }> {
  const text = (from: number, to: number): string => block.toString('latin1', from, to).replace(/\0.*$/s, '')
  const prefix = text(345, 500)
  const path = `${prefix === '' ? '' : `${prefix}/`}${text(0, 100)}`
  const shown = JSON.stringify(path)
  if (text(257, 262) !== 'ustar') throw new DamagedArchiveError(`there is no header of a file ${place}`)
  if (block[TYPE] !== FILE) throw new DamagedArchiveError(`${shown} is ${kindOf(block[TYPE])}; only plain files may be there`)
  if (!isCleanPath(path)) throw new DamagedArchiveError(`${shown} is no name of a file of a bundle`)
  const bytes = Number.parseInt(text(124, 136), 8)
  const executable = Number.parseInt(text(100, 108), 8) === 0o755
  const expected = Number.isSafeInteger(bytes) ? await tarHeader({ path, bytes, executable }).catch(() => undefined) : undefined
  if (!expected?.equals(block)) throw new DamagedArchiveError(`the header of ${shown} is damaged`)
  return { path, bytes }
}

function kindOf(type: number | undefined): string {
  const kinds: Readonly<Record<string, string>> = { 1: 'a hard link', 2: 'a symbolic link', 5: 'a folder' }
  return kinds[String.fromCharCode(type ?? 0)] ?? 'something special'
}

/** Below the one folder of a bundle, whatever system it is unpacked on. */
function isCleanPath(path: string): boolean {
  return /^statelab(\/[\w@+=,.~-][\w@+=,.~ -]*)+$/.test(path) && !path.split('/').some((part) => part === '.' || part === '..')
}
