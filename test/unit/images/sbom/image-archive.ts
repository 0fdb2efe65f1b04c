import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'

/** A file of a layer, by its path; a folder's path ends in a slash. */
export type LayerFiles = Readonly<Record<string, string | Buffer | { readonly mode: number; readonly content: Buffer }>>

/** A tar archive. */
export async function tarOf(files: LayerFiles): Promise<Buffer> {
  const archive = pack()
  for (const [name, file] of Object.entries(files)) {
    if (name.endsWith('/')) archive.entry({ name, type: 'directory' })
    else if (typeof file === 'object' && 'mode' in file) archive.entry({ name, mode: file.mode }, file.content)
    else archive.entry({ name }, file)
  }
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Writes what `docker save` writes for one image: layers in some order, and their order at the end. */
export async function writeImageArchive(file: string, layers: readonly (LayerFiles | Buffer)[]): Promise<void> {
  const archive = pack()
  const names = layers.map((_, index) => `layer-${index}/layer.tar`)
  const written = pipeline(archive, createWriteStream(file))
  for (const [index, layer] of [...layers.entries()].toReversed())
    archive.entry({ name: names[index] ?? '' }, Buffer.isBuffer(layer) ? layer : await tarOf(layer))
  archive.entry({ name: 'manifest.json' }, JSON.stringify([{ Config: 'config.json', Layers: names }]))
  archive.finalize()
  await written
}

/** The bytes of a program that Go has built, as far as they tell what is in it. */
export function goProgram(lines: readonly string[], { go = 'go1.26.8', padding = 0 } = {}): Buffer {
  const header = Buffer.alloc(32)
  header.write('\xff Go buildinf:', 'latin1')
  header[14] = 8
  header[15] = 2
  const around = Buffer.alloc(16, 0x77)
  const modules = Buffer.concat([around, Buffer.from(lines.map((line) => `${line}\n`).join('')), around])
  const blob = Buffer.concat([header, withLength(Buffer.from(go)), withLength(modules)])
  return Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(padding), blob, Buffer.alloc(64)])
}

function withLength(bytes: Buffer): Buffer {
  const length: number[] = []
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      length.push(rest)
      break
    }
    length.push((rest % 128) | 0x80)
  }
  return Buffer.concat([Buffer.from(length), bytes])
}
