import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { pipeline } from 'node:stream/promises'
import { extract, type Header } from 'tar-stream'

export interface TarEntry {
  readonly header: Header
  /** Without a leading `./` or `/`. */
  readonly path: string
  readonly content: AsyncIterable<Buffer>
}

/**
 * Reads a tar archive, packed with gzip, zstd or not at all, entry by entry; what is not read of an entry is passed over.
 * Yields nothing for something that is no archive.
 */
export async function* tarEntries(chunks: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const iterator = chunks[Symbol.asyncIterator]()
  const head = await readHead(iterator)
  const unpack = unpacker(head)
  if (unpack === 'none') return
  const entries = extract()
  const source = Readable.from(rejoin(head, iterator))
  const feeding = unpack === 'plain' ? pipeline(source, entries) : pipeline(source, unpack(), entries)
  // A failure arrives through the entries, too; here it must only not go unhandled.
  feeding.catch(() => {})
  for await (const entry of entries) {
    yield { header: entry.header, path: entry.header.name.replace(/^(\.?\/)+/, ''), content: entry as AsyncIterable<Buffer> }
    entry.resume()
  }
  await feeding
}

/** The size of a tar header, whose magic is at a fixed place. */
const BLOCK = 512
const USTAR_AT = 257

async function readHead(iterator: AsyncIterator<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0)
  while (head.length < BLOCK) {
    const { value, done } = await iterator.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  return head
}

async function* rejoin(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head
  yield* { [Symbol.asyncIterator]: () => rest }
}

function unpacker(head: Buffer): 'none' | 'plain' | (() => ReturnType<typeof createGunzip | typeof createZstdDecompress>) {
  if (head.length >= 4 && head.readUInt16BE(0) === 0x1f8b) return createGunzip
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return createZstdDecompress
  return head.subarray(USTAR_AT, USTAR_AT + 5).toString('latin1') === 'ustar' ? 'plain' : 'none'
}
