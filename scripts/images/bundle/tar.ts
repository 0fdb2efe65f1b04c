import { pack } from 'tar-stream'

/** A file as it goes into an archive: only its name, its content and whether it can be run. */
export interface TarFile {
  /** Without `./`, parts separated by `/`. */
  readonly path: string
  readonly bytes: number
  readonly executable?: boolean
  open(): AsyncIterable<Buffer>
}

export const BLOCK = 512
/** What every archive ends with. */
export const END = Buffer.alloc(2 * BLOCK)

/**
 * The one archive that these files make, whoever makes it and when: owners and times are fixed, there are no folders.
 * @param files in the order that they are to have.
 * @throws {Error} for a name that is too long or not ASCII, and when a file turns out to have another size.
 */
export async function* tarOf(files: Iterable<TarFile>): AsyncGenerator<Buffer> {
  for (const file of files) {
    yield await tarHeader(file)
    let bytes = 0
    for await (const chunk of file.open()) {
      bytes += chunk.length
      if (bytes > file.bytes) break
      yield chunk
    }
    if (bytes !== file.bytes) throw new Error(`${file.path} has not the ${file.bytes} bytes that were announced`)
    yield Buffer.alloc(paddingOf(file.bytes))
  }
  yield END
}

/** The block before a file's content. */
export async function tarHeader({ path, bytes, executable = false }: Omit<TarFile, 'open'>): Promise<Buffer> {
  const packing = pack()
  const ignore = (): void => {}
  const header = { name: path, size: bytes, mode: executable ? 0o755 : 0o644, mtime: new Date(0), uid: 0, gid: 0 }
  // Ended before its content came: that is an error to tar-stream, and all that is wanted here.
  packing.on('error', ignore)
  packing.entry(header, ignore).on('error', ignore)
  for await (const block of packing as AsyncIterable<Buffer>) {
    if (block.length !== BLOCK || block[TYPE] !== FILE) break
    return Buffer.from(block)
  }
  throw new Error(`${path} cannot be the name of a file in an archive`)
}

/** Where a header has the kind of the entry, and what a plain file has there. */
export const TYPE = 156
export const FILE = '0'.charCodeAt(0)

/** Content fills whole blocks. */
export function paddingOf(bytes: number): number {
  return (BLOCK - (bytes % BLOCK)) % BLOCK
}

/** The size of the archive of these files, in bytes. */
export function tarBytes(files: readonly Pick<TarFile, 'bytes'>[]): number {
  return files.reduce((sum, { bytes }) => sum + BLOCK + bytes + paddingOf(bytes), END.length)
}
