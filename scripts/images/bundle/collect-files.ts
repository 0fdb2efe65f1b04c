import { join } from 'node:path'
import { BLOBS, BUNDLE_FOLDER, BUNDLE_JSON, type BundleJson, CHECKSUMS, INDEX } from './bundle-json.ts'
import { formatChecksums, sha256, sha256Of } from './checksums.ts'
import { byPath, diskFile, textFile } from './disk-file.ts'
import { type Image, layoutOf, OCI_LAYOUT } from './oci-layout.ts'
import type { TarFile } from './tar.ts'

export interface Pieces {
  readonly root: string
  /** The project's own files, from `root`. */
  readonly paths: readonly string[]
  readonly bundle: BundleJson
  /** The folder of the layers' blobs, each named by the digits of its digest. */
  readonly blobs: string
  readonly images: readonly Image[]
  /** What else lies below `bundle/`. */
  readonly packed: readonly TarFile[]
  readonly signal: AbortSignal
}

/** @returns every file of a bundle in order, the list of their checksums among them. */
export async function collectFiles({ root, paths, bundle, blobs, images, packed, signal }: Pieces): Promise<TarFile[]> {
  const { index, manifests } = layoutOf(images)
  const layers = new Set(images.flatMap((image) => image.layers.map(({ digest }) => digest.replace('sha256:', ''))))
  const small = [...manifests, ...images.map(({ config }) => config)]
  const files = [
    ...(await Promise.all(paths.map((path) => diskFile(path, join(root, path))))),
    ...packed,
    textFile(BUNDLE_JSON, `${JSON.stringify(bundle, undefined, 2)}\n`),
    textFile(`${BUNDLE_FOLDER}/oci-layout`, OCI_LAYOUT),
    textFile(INDEX, index),
    ...uniqueByPath(small.map((content) => textFile(`${BLOBS}${sha256(content)}`, content))),
    ...(await Promise.all([...layers].map((hex) => diskFile(`${BLOBS}${hex}`, join(blobs, hex))))),
  ]
  const sums = new Map<string, string>()
  for (const file of files) {
    signal.throwIfAborted()
    sums.set(file.path, file.path.startsWith(BLOBS) ? file.path.slice(BLOBS.length) : await sha256Of(file.open()))
  }
  return [...files, textFile(CHECKSUMS, formatChecksums(sums))].sort(byPath)
}

function uniqueByPath(files: readonly TarFile[]): TarFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()]
}
