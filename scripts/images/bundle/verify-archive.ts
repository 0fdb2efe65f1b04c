import { messageOf, badInput } from '../../errors.ts'
import { archivedFiles, openBundle, readSmall } from './bundle-files.ts'
import { BLOBS, type BundleJson, CHECKSUMS, INDEX, KIND, ROOT } from './bundle-json.ts'
import { parseChecksums, sha256Of } from './checksums.ts'
import { type Blob, readDiffIds, readIndex, readManifest } from './oci-layout.ts'
import { type ArchivedFile, DamagedArchiveError, openFile, readArchive, readContent } from './read-archive.ts'

export interface Problem {
  /** The file in the archive that is concerned; the archive itself when it cannot be read any further. */
  readonly path: string
  readonly what: string
}

export interface VerifiedArchive {
  readonly bytes: number
  /** By path below `statelab/`. */
  readonly files: ReadonlyMap<string, ArchivedFile>
  /** All that is wrong; nothing when the bundle is what was saved, to the bit. */
  readonly problems: readonly Problem[]
  /** What it says about itself; missing from one that is damaged. */
  readonly bundle?: BundleJson
}

/**
 * Reads a bundle from its beginning to its end, once, and finds every bit that is not as it was saved, and every piece
 * that is missing or that does not belong there.
 * @throws {StatelabError} `bad-input` when the file is no bundle at all.
 */
export async function verifyArchive(
  path: string,
  { signal, progress = () => {} }: { readonly signal: AbortSignal; readonly progress?: (line: string) => void },
): Promise<VerifiedArchive> {
  await using opened = await openFile(path)
  const files = new Map<string, ArchivedFile>()
  const found = new Map<string, string>()
  const problems: Problem[] = []
  try {
    for await (const file of readArchive(opened)) {
      signal.throwIfAborted()
      const name = file.path.slice(ROOT.length)
      files.set(name, file)
      found.set(name, await sha256Of(readContent(path, file)))
      progress(`${Math.round((file.offset + file.bytes) / 1e6)} of ${Math.round(opened.bytes / 1e6)} MB`)
    }
  } catch (error) {
    if (!(error instanceof DamagedArchiveError)) throw error
    if (files.size === 0) throw badInput(`${path} is no bundle: ${error.message}`)
    problems.push({ path, what: error.message })
  }
  problems.push(...(await compare(path, files, found, problems.length === 0)))
  // What depends on a damaged piece would only repeat it.
  if (problems.length > 0) return { bytes: opened.bytes, files, problems }
  const pieces = await checkPieces(path, files)
  return { bytes: opened.bytes, files, ...pieces }
}

/** Compares what was read with the list of checksums in it. */
async function compare(
  archive: string,
  files: ReadonlyMap<string, ArchivedFile>,
  found: ReadonlyMap<string, string>,
  isWhole: boolean,
): Promise<Problem[]> {
  if (!files.has(CHECKSUMS)) return [{ path: CHECKSUMS, what: 'it is missing' }]
  const sums = parseChecksums((await readSmall(archivedFiles(archive, files), CHECKSUMS)).toString())
  if (!sums) return [{ path: CHECKSUMS, what: 'it is damaged' }]
  const problems: Problem[] = []
  for (const [path, sum] of found) {
    const expected = sums.get(path)
    if (path === CHECKSUMS || expected === sum) continue
    problems.push({ path, what: expected === undefined ? 'it does not belong there' : 'it is damaged' })
  }
  if (isWhole) for (const path of sums.keys()) if (!found.has(path)) problems.push({ path, what: 'it is missing' })
  return problems
}

/** Checks that everything is there that something else in the bundle needs, and nothing that nothing needs. */
async function checkPieces(
  archive: string,
  archived: ReadonlyMap<string, ArchivedFile>,
): Promise<{ bundle?: BundleJson; problems: Problem[] }> {
  const files = archivedFiles(archive, archived)
  const problems: Problem[] = []
  const used = new Set<string>()
  const use = (blob: Blob): string => {
    const path = blobPath(blob)
    const bytes = archived.get(path)?.bytes
    used.add(path)
    if (bytes === undefined) problems.push({ path, what: 'it is missing' })
    else if (bytes !== blob.bytes) problems.push({ path, what: `it has ${bytes} bytes, not ${blob.bytes}` })
    return path
  }
  try {
    const { bundle } = await openBundle(files)
    const images = readIndex((await readSmall(files, INDEX)).toString())
    for (const image of images) {
      const { config, layers } = readManifest((await readSmall(files, use(image))).toString())
      const diffIds = readDiffIds((await readSmall(files, use(config))).toString())
      for (const layer of layers) use(layer)
      if (diffIds.length !== layers.length) {
        problems.push({ path: blobPath(image), what: `it has ${layers.length} layers, not ${diffIds.length}` })
      }
    }
    const { nodeImage, nfsServerImage } = bundle.provision
    for (const name of [nodeImage, nfsServerImage]) {
      if (!images.some((image) => image.name === name)) problems.push({ path: INDEX, what: `${name} is not in it` })
    }
    for (const path of [KIND, ...Object.keys(bundle.files)]) {
      if (!archived.has(path)) problems.push({ path, what: 'it is missing' })
    }
    for (const path of archived.keys()) {
      if (path.startsWith(BLOBS) && !used.has(path)) problems.push({ path, what: 'it belongs to no image' })
    }
    return { bundle, problems }
  } catch (error) {
    return { problems: [...problems, { path: archive, what: messageOf(error) }] }
  }
}

/** Where a blob lies. */
export function blobPath({ digest }: Pick<Blob, 'digest'>): string {
  return `${BLOBS}${digest.replace('sha256:', '')}`
}
