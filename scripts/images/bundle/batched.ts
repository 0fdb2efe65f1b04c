/** The same bytes in pieces that are worth a call: an archive of small files is mostly headers and filling. */
export async function* batched(chunks: AsyncIterable<Buffer>, bytes = 256 * 1024): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = []
  let count = 0
  for await (const chunk of chunks) {
    waiting.push(chunk)
    count += chunk.length
    if (count < bytes) continue
    yield waiting.length === 1 ? chunk : Buffer.concat(waiting)
    waiting = []
    count = 0
  }
  if (count > 0) yield Buffer.concat(waiting)
}
