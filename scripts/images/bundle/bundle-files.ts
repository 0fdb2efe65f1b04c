import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { badInput, messageOf } from '../../errors.ts'
import { type BundleJson, BUNDLE_JSON, CHECKSUMS, parseBundleJson } from './bundle-json.ts'
import { parseChecksums, sha256 } from './checksums.ts'
import { type ArchivedFile, readContent } from './read-archive.ts'

/** The files of a bundle, packed or unpacked, by their paths below its folder `statelab/`. */
export interface BundleFiles {
  /** The archive or the folder, as a person knows it. */
  readonly origin: string
  /** A file's size in bytes; `undefined` when there is none. */
  bytes(path: string): Promise<number | undefined>
  open(path: string): AsyncIterable<Buffer>
}

/** The files of an archive that was read. */
export function archivedFiles(archive: string, files: ReadonlyMap<string, ArchivedFile>): BundleFiles {
  return {
    origin: archive,
    bytes: async (path) => files.get(path)?.bytes,
    open: (path) => readContent(archive, files.get(path) ?? { offset: 0, bytes: 0 }),
  }
}

/** The files of the folder that an archive was unpacked into. */
export function unpackedFiles(root: string): BundleFiles {
  return {
    origin: join(root, 'bundle'),
    bytes: async (path) => (await stat(join(root, path)).catch(() => undefined))?.size,
    open: (path) => createReadStream(join(root, path), { highWaterMark: 1024 * 1024 }),
  }
}

/** What is in a bundle, as far as its own list of checksums bears it out. */
export interface OpenBundle {
  readonly files: BundleFiles
  /** Of its content: another bundle has another one. */
  readonly id: string
  readonly bundle: BundleJson
  /** Path → SHA-256. */
  readonly sums: ReadonlyMap<string, string>
}

/** @throws {StatelabError} `bad-input` when it is damaged, or of a schema that this version does not know. */
export async function openBundle(files: BundleFiles): Promise<OpenBundle> {
  const list = await readSmall(files, CHECKSUMS)
  const sums = parseChecksums(list.toString())
  if (sums === undefined) throw damaged(files, CHECKSUMS)
  const text = await readSmall(files, BUNDLE_JSON, sums.get(BUNDLE_JSON) ?? '')
  try {
    return { files, id: sha256(list).slice(0, 12), bundle: parseBundleJson(text.toString()), sums }
  } catch (cause) {
    throw badInput(`cannot use the bundle ${files.origin}: ${BUNDLE_JSON}: ${messageOf(cause)}`)
  }
}

/** More than any list or description needs. */
const MOST_IN_MEMORY = 4 * 1024 * 1024

/**
 * Reads a small file whole.
 * @param sum its SHA-256, when it is known.
 * @throws {StatelabError} `bad-input` when it is missing, too large for what it should be, or damaged.
 */
export async function readSmall(files: BundleFiles, path: string, sum?: string): Promise<Buffer> {
  const bytes = await files.bytes(path)
  if (bytes === undefined) throw badInput(`the bundle ${files.origin} is not complete: ${path} is missing`)
  if (bytes > MOST_IN_MEMORY) throw badInput(`cannot use the bundle ${files.origin}: ${path} has ${bytes} bytes`)
  const chunks: Buffer[] = []
  for await (const chunk of files.open(path)) chunks.push(chunk)
  const content = Buffer.concat(chunks)
  if (sum !== undefined && sha256(content) !== sum) throw damaged(files, path)
  return content
}

/** The error of content that is not what it should be. */
export function damaged({ origin }: BundleFiles, path: string, what = 'it has not its checksum'): Error {
  return badInput(`the bundle ${origin} is damaged: ${path}: ${what}`, 'copy the bundle again, or save it again')
}

/** The bundle that a project was unpacked from, if it was. */
export async function bundleOfProject(root: string): Promise<OpenBundle | undefined> {
  const isThere = await readFile(join(root, BUNDLE_JSON)).then(
    () => true,
    () => false,
  )
  return isThere ? openBundle(unpackedFiles(root)) : undefined
}
