import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import { badInput, messageOf, prerequisiteMissing } from '../../errors.ts'
import type { CommandRunner } from '../../process/command-runner.ts'
import { cleanupSignal } from '../../wait/deadline.ts'
import { type BundleFiles, damaged, type OpenBundle, readSmall } from './bundle-files.ts'
import { INDEX } from './bundle-json.ts'
import { textFile } from './disk-file.ts'
import { type Blob, readDiffIds, readIndex, readManifest } from './oci-layout.ts'
import { type TarFile, tarOf } from './tar.ts'
import { blobPath } from './verify-archive.ts'

export interface ImportOptions {
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/**
 * Loads a bundle's images into Docker, under their names: every byte is checked on its way, and the result again. Images
 * that Docker has are left alone; when anything is wrong, none that was not there before stays.
 * @throws {StatelabError} `bad-input` when the bundle is damaged, `prerequisite-missing` when Docker has no room for it.
 */
export async function importImages(
  runner: CommandRunner,
  bundle: OpenBundle,
  { signal, progress }: ImportOptions,
): Promise<readonly string[]> {
  const images = await readImages(bundle)
  const present = await Promise.all(images.map((image) => isLoaded(runner, image, signal)))
  const missing = images.filter((_, position) => !present[position])
  if (missing.length === 0) return []
  assertBounded(bundle.files, missing)
  const before = await Promise.all(missing.map(({ name }) => idOf(runner, name, signal)))
  try {
    const archive = Readable.from(tarOf(dockerArchive(bundle.files, missing, progress)), { objectMode: false })
    await runner.run('docker', ['load'], { signal, inputFrom: archive })
    for (const image of missing) {
      if (!(await isLoaded(runner, image, signal)))
        throw new Error(`Docker made another image of ${image.name} than it was given`)
    }
    return missing.map(({ name }) => name)
  } catch (error) {
    const added = missing.filter((_, position) => before[position] === undefined).map(({ name }) => name)
    await runner.run('docker', ['image', 'rm', ...added], { signal: cleanupSignal(), allow: 'any' })
    signal.throwIfAborted()
    if (/no space left on device/.test(messageOf(error))) {
      throw prerequisiteMissing('Docker has no room for the images', 'docker system prune   # then the same command again', error)
    }
    throw error
  }
}

/** Whether every image of a bundle is in Docker, the very same one. */
export async function areImported(
  runner: CommandRunner,
  images: readonly ImageIdentity[],
  signal: AbortSignal,
): Promise<boolean> {
  return (await Promise.all(images.map((image) => isLoaded(runner, image, signal)))).every(Boolean)
}

/** By what an image is known again. */
export interface ImageIdentity {
  readonly name: string
  /** The digest of its configuration. */
  readonly id: string
  readonly diffIds: readonly string[]
}

interface BundledImage extends ImageIdentity {
  readonly config: Buffer
  readonly layers: readonly (Blob & { readonly unpackedBytes: number })[]
}

/** @returns the images of a bundle, each piece of their descriptions checked. */
export async function readImages({ files, sums }: OpenBundle): Promise<BundledImage[]> {
  const part = (blob: Blob): Promise<Buffer> => readSmall(files, blobPath(blob), blob.digest.replace('sha256:', ''))
  const index = await readSmall(files, INDEX, sums.get(INDEX) ?? '')
  return Promise.all(
    readIndex(index.toString()).map(async (image) => {
      const { config, layers } = readManifest((await part(image)).toString())
      const content = await part(config)
      const diffIds = readDiffIds(content.toString())
      if (diffIds.length !== layers.length) throw damaged(files, INDEX, `${image.name} has not as many layers as it should`)
      return { name: image.name, id: config.digest, diffIds, config: content, layers }
    }),
  )
}

/** No environment needs as much; what announces more is no honest bundle. */
const MOST_UNPACKED_BYTES = 16 * 1024 ** 3

function assertBounded({ origin }: BundleFiles, images: readonly BundledImage[]): void {
  const bytes = images.flatMap(({ layers }) => layers).reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0)
  if (bytes > MOST_UNPACKED_BYTES) {
    throw badInput(`cannot use the bundle ${origin}: its images would take ${Math.round(bytes / 1e9)} GB`)
  }
}

/** What `docker load` of every version reads. The manifest comes last: Docker begins with nothing that is not complete. */
function dockerArchive(files: BundleFiles, images: readonly BundledImage[], progress: (line: string) => void): TarFile[] {
  const layers = new Map<string, TarFile>()
  let told = 0
  const total = (): number => [...layers.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  const passed = (bytes: number): void => {
    told += bytes
    progress(`${Math.round(told / 1e6)} of ${Math.round(total() / 1e6)} MB`)
  }
  for (const { layers: blobs, diffIds } of images) {
    for (const [position, blob] of blobs.entries()) {
      const diffId = diffIds[position] ?? ''
      const path = layerPath(diffId)
      layers.set(path, { path, bytes: blob.unpackedBytes, open: () => unpackLayer(files, blob, diffId, passed) })
    }
  }
  const manifest = images.map(({ name, id, diffIds }) => ({
    Config: configPath(id),
    RepoTags: [name],
    Layers: diffIds.map(layerPath),
  }))
  return [
    ...layers.values(),
    ...images.map(({ id, config }) => textFile(configPath(id), config)),
    textFile('manifest.json', JSON.stringify(manifest)),
  ]
}

const layerPath = (diffId: string): string => `${hexOf(diffId)}/layer.tar`
const configPath = (id: string): string => `${hexOf(id)}.json`
const hexOf = (digest: string): string => digest.replace('sha256:', '')

/** A layer as it was: no byte more than announced is ever unpacked, and what is not the layer fails at its end. */
async function* unpackLayer(
  files: BundleFiles,
  blob: Blob & { readonly unpackedBytes: number },
  diffId: string,
  passed: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const path = blobPath(blob)
  const unpacking = createZstdDecompress()
  // What fails here fails the reading of it too.
  pipeline(Readable.from(files.open(path)), unpacking).catch(() => {})
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of unpacking as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > blob.unpackedBytes) throw damaged(files, path, `it unpacks to more than its ${blob.unpackedBytes} bytes`)
      hash.update(chunk)
      passed(chunk.length)
      yield chunk
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('ZSTD')) throw damaged(files, path, 'it cannot be unpacked')
    throw error
  }
  if (`sha256:${hash.digest('hex')}` !== diffId) throw damaged(files, path, 'it unpacks to something else than it should')
}

/** Docker's image store of containerd gives images ids of its own; the layers say as much. */
async function isLoaded(runner: CommandRunner, { name, id, diffIds }: ImageIdentity, signal: AbortSignal): Promise<boolean> {
  const format = '{{.Id}} {{json .RootFS.Layers}}'
  const { exitCode, stdout } = await inspect(runner, name, format, signal)
  return exitCode === 0 && (stdout.startsWith(`${id} `) || stdout.endsWith(` ${JSON.stringify(diffIds)}`))
}

async function idOf(runner: CommandRunner, name: string, signal: AbortSignal): Promise<string | undefined> {
  const { exitCode, stdout } = await inspect(runner, name, '{{.Id}}', signal)
  return exitCode === 0 ? stdout : undefined
}

function inspect(runner: CommandRunner, name: string, format: string, signal: AbortSignal) {
  return runner.run('docker', ['image', 'inspect', '--format', format, name], { signal, allow: [0, 1] })
}
