import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { TarFile } from './tar.ts'

/** A file of the disk, to go into an archive under `path`. */
export async function diskFile(path: string, file: string): Promise<TarFile> {
  const { size, mode } = await stat(file)
  return {
    path,
    bytes: size,
    executable: (mode & 0o100) !== 0,
    // A stream takes far longer to begin than a small file takes to be read.
    open: () => (size <= CHUNK ? whole(file) : createReadStream(file, { highWaterMark: CHUNK })),
  }
}

const CHUNK = 1024 * 1024

async function* whole(file: string): AsyncGenerator<Buffer> {
  yield await readFile(file)
}

/** A text that is only in memory, to go into an archive under `path`. */
export function textFile(path: string, text: string | Buffer): TarFile {
  const content = Buffer.from(text)
  return { path, bytes: content.length, open: () => Readable.from([content]) }
}

/** Orders files as archives have them. */
export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1
}
