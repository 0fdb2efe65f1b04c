import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, type Header } from 'tar-stream'
import { CommandFailedError, type CommandRunner } from '../../process/command-runner.ts'
import { readDiffIds, type Image, type Layer } from './oci-layout.ts'
import { createBlob } from './zstd-blob.ts'

export interface ExportOptions {
  /** Where the blobs are written, each named by the digits of its digest. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/**
 * Takes images out of Docker: layers become compressed blobs while they come, and never lie in memory or, unpacked, on
 * the disk. A layer that several images share is there once.
 * @param names of images of the local Docker.
 */
export async function exportImages(runner: CommandRunner, names: readonly string[], options: ExportOptions): Promise<Image[]> {
  const { signal } = options
  const output = new PassThrough()
  const [run, reading] = await Promise.allSettled([
    runner.run('docker', ['save', ...names], { signal, outputTo: output }),
    readExport(output, names, options),
  ])
  // Each ends when the other does: a program that failed, or was interrupted, is the reason and not the follower.
  if (run.status === 'rejected' && (signal.aborted || run.reason instanceof CommandFailedError)) throw run.reason
  if (reading.status === 'rejected') throw reading.reason
  if (run.status === 'rejected') throw run.reason
  return reading.value
}

/** What Docker wrote, by its path: an image's layer, or a small file. */
interface Contents {
  readonly layers: Map<string, Layer>
  readonly small: Map<string, Buffer>
  readonly links: Map<string, string>
}

/** Docker of every version writes `manifest.json`, newer ones an OCI layout around the same files. */
async function readExport(stream: PassThrough, names: readonly string[], options: ExportOptions): Promise<Image[]> {
  const unpacking = extract()
  const contents: Contents = { layers: new Map(), small: new Map(), links: new Map() }
  const feeding = pipeline(stream, unpacking)
  const reading = readEntries(unpacking as AsyncIterable<SavedEntry>, contents, options)
  const [read, fed] = await Promise.allSettled([reading, feeding])
  if (read.status === 'rejected') throw read.reason
  if (fed.status === 'rejected') throw fed.reason

  const manifests = JSON.parse(textOf(contents, 'manifest.json')) as DockerManifest[]
  return Promise.all(
    names.map(async (name) => {
      const manifest = manifests.find(({ RepoTags }) => RepoTags?.some((tag) => tag === name || tag === `${name}:latest`))
      if (manifest === undefined) throw new Error(`Docker did not save ${name}`)
      const config = contents.small.get(manifest.Config)
      if (config === undefined) throw new Error(`Docker saved no configuration of ${name}`)
      const layers: Layer[] = []
      for (const path of manifest.Layers) layers.push(await layerAt(path, contents, options.folder))
      const expected = readDiffIds(config.toString())
      if (layers.some(({ diffId }, position) => diffId !== expected[position]) || layers.length !== expected.length) {
        throw new Error(`Docker saved other layers of ${name} than its configuration names`)
      }
      return { name, config, layers }
    }),
  )
}

interface DockerManifest {
  readonly Config: string
  readonly RepoTags: readonly string[] | null
  readonly Layers: readonly string[]
}

/** An entry of tar-stream: its types leave out what it carries. */
interface SavedEntry extends AsyncIterable<Buffer> {
  readonly header: Header
  resume(): void
}

async function readEntries(
  entries: AsyncIterable<SavedEntry>,
  { layers, small, links }: Contents,
  { folder, progress }: ExportOptions,
): Promise<void> {
  let bytes = 0
  for await (const entry of entries) {
    const { name, type, size, linkname } = entry.header
    if (type === 'file' && size > SMALL) {
      layers.set(name, await createBlob(entry, folder))
      bytes += size
      progress(`${Math.round(bytes / 1e6)} MB`)
    } else if (type === 'file') small.set(name, await allOf(entry))
    else {
      if (linkname) links.set(name, new URL(linkname, `file:///${name}`).pathname.slice(1))
      entry.resume()
    }
  }
}

/** What is larger is a layer; what is not may be one too, and waits until the manifest tells. */
const SMALL = 256 * 1024

async function allOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

async function layerAt(path: string, { layers, small, links }: Contents, folder: string): Promise<Layer> {
  const found = links.get(path) ?? path
  const content = small.get(found)
  const layer = layers.get(found) ?? (content && (await createBlob([content], folder)))
  if (layer === undefined) throw new Error(`Docker did not save the layer ${path}`)
  layers.set(found, layer)
  return layer
}

function textOf({ small }: Contents, path: string): string {
  const content = small.get(path)
  if (content === undefined) throw new Error(`Docker's archive has no ${path}`)
  return content.toString()
}
