import { createReadStream } from 'node:fs'
import { posix } from 'node:path'
import { StatelabError } from '../../errors.ts'
import { type Finding, type LayerChange, readLayer } from './layer.ts'
import { tarEntries } from './tar-entries.ts'

/**
 * Reads what an image is made of out of an archive that `docker save` wrote for it: the layers one after the other, the
 * upper ones over the lower ones. No layer is ever held as a whole.
 * @returns path → what the file there tells.
 * @throws {StatelabError} `image-failed` when the file is not such an archive.
 */
export async function readImage(archive: string, signal: AbortSignal): Promise<ReadonlyMap<string, Finding>> {
  // The list of layers comes last in the archive.
  const { layers, links } = await readIndex(archive, signal)
  const wanted = new Map(layers.map((layer) => [layer, links.get(layer) ?? layer]))
  const changes = new Map<string, LayerChange[]>()
  for await (const { path, content } of tarEntries(open(archive, signal))) {
    if ([...wanted.values()].includes(path)) changes.set(path, await readLayer(content))
  }
  const files = new Map<string, Finding>()
  for (const layer of layers) {
    const read = changes.get(wanted.get(layer) ?? layer)
    if (!read) throw new StatelabError('image-failed', `the image's archive does not have its layer ${layer}`)
    for (const change of read) apply(files, change)
  }
  return files
}

async function readIndex(
  archive: string,
  signal: AbortSignal,
): Promise<{ readonly layers: readonly string[]; readonly links: ReadonlyMap<string, string> }> {
  const links = new Map<string, string>()
  let layers: readonly string[] | undefined
  for await (const { header, path, content } of tarEntries(open(archive, signal))) {
    // A layer that is there twice is a link the second time.
    if (header.type === 'symlink') links.set(path, posix.join(posix.dirname(path), header.linkname ?? ''))
    if (path !== 'manifest.json') continue
    const chunks: Buffer[] = []
    for await (const chunk of content) chunks.push(chunk)
    layers = (JSON.parse(Buffer.concat(chunks).toString('utf8')) as { Layers: string[] }[])[0]?.Layers
  }
  if (!layers) throw new StatelabError('image-failed', `${archive} is not an archive of an image: it has no manifest.json`)
  return { layers, links }
}

function open(archive: string, signal: AbortSignal): AsyncIterable<Buffer> {
  return createReadStream(archive, { signal, highWaterMark: 1024 * 1024 })
}

function apply(files: Map<string, Finding>, { path, change, finding }: LayerChange): void {
  for (const known of files.keys()) {
    if ((known === path && change !== 'empty') || known.startsWith(`${path}/`)) files.delete(known)
  }
  if (finding) files.set(path, finding)
}
