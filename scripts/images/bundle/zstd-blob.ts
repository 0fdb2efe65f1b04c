import { createHash, type Hash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGunzip, createZstdCompress, createZstdDecompress } from 'node:zlib'
import type { Layer } from './oci-layout.ts'

/** Three times as slow saves a twelfth. */
const LEVEL = 3

/**
 * Compresses a layer into a blob of a folder. The same layer gives the same bytes, however it comes.
 * @param content the layer as Docker has it: most often a plain tar, gzip or zstd from an image store that keeps those.
 */
export async function createBlob(content: AsyncIterable<Buffer> | Iterable<Buffer>, folder: string): Promise<Layer> {
  const partial = join(folder, `partial-${randomUUID()}`)
  const unpacked = new Counted()
  const packed = new Counted()
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: LEVEL } })
  try {
    await Promise.all([
      writeAll(unpacked.count(unpack(content)), compress),
      pipeline(compress, (chunks: AsyncIterable<Buffer>) => packed.count(chunks), createWriteStream(partial)),
    ])
    await rename(partial, join(folder, packed.hex()))
  } catch (error) {
    compress.destroy()
    await rm(partial, { force: true })
    throw error
  }
  return {
    digest: `sha256:${packed.hex()}`,
    bytes: packed.bytes,
    diffId: `sha256:${unpacked.hex()}`,
    unpackedBytes: unpacked.bytes,
  }
}

/** Bytes that are counted and hashed as they pass. */
class Counted {
  bytes = 0
  readonly #hash: Hash = createHash('sha256')
  #hex: string | undefined

  async *count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.bytes += chunk.length
      this.#hash.update(chunk)
      yield chunk
    }
  }

  hex(): string {
    this.#hex ??= this.#hash.digest('hex')
    return this.#hex
  }
}

/** One chunk after the other, and the end by itself: where zstd ends its last block must not depend on the timing. */
async function writeAll(chunks: AsyncIterable<Buffer>, to: Transform): Promise<void> {
  for await (const chunk of chunks) {
    await new Promise<void>((resolve, reject) => {
      to.once('error', reject)
      to.write(chunk, (error) => {
        to.off('error', reject)
        return error ? reject(error) : resolve()
      })
    })
  }
  to.end()
}

/** What a layer is packed with is told by its first bytes. */
async function* unpack(content: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = Readable.from(content)[Symbol.asyncIterator]()
  const { value: first = Buffer.alloc(0) } = (await chunks.next()) as IteratorResult<Buffer, undefined>
  const all = async function* (): AsyncGenerator<Buffer> {
    yield first
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  const magic = first.toString('hex', 0, 4)
  const unpacking = magic.startsWith('1f8b') ? createGunzip() : magic === '28b52ffd' ? createZstdDecompress() : undefined
  if (!unpacking) return yield* all()
  // What fails here fails the reading of it too.
  pipeline(all(), unpacking).catch(() => {})
  yield* unpacking
}
