import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { batched } from './batched.ts'
import { byPath, diskFile } from './disk-file.ts'
import { tarOf } from './tar.ts'

/**
 * Packs files into an archive that the `tar` of every system unpacks.
 * @param paths of the files from `root`, which they keep in the archive.
 * @param to where the archive is written, a `.tar.gz`.
 */
export async function packFiles(root: string, paths: readonly string[], to: string, signal: AbortSignal): Promise<void> {
  const files = await Promise.all(paths.map((path) => diskFile(path, join(root, path))))
  await pipeline(batched(tarOf(files.sort(byPath))), createGzip(), createWriteStream(to), { signal })
}
