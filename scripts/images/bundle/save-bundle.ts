import { mkdir, open, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { badInput, messageOf, prerequisiteMissing } from '../../errors.ts'
import type { Emit } from '../../events.ts'
import type { CommandRunner } from '../../process/command-runner.ts'
import { tryLockFile } from '../../process/lock-file.ts'
import { runSteps, type Step } from '../../steps/run-steps.ts'
import { inspectImage } from '../build/docker.ts'
import type { ImageRecord, Provision } from '../source.ts'
import { batched } from './batched.ts'
import { BUNDLE_FOLDER, type BundleJson, KIND, ROOT } from './bundle-json.ts'
import { collectFiles } from './collect-files.ts'
import { dependencyFiles } from './dependency-files.ts'
import { diskFile } from './disk-file.ts'
import { exportImages } from './export-images.ts'
import type { Image } from './oci-layout.ts'
import { packFiles } from './pack-files.ts'
import { projectFiles } from './project-files.ts'
import { type TarFile, tarBytes, tarOf } from './tar.ts'

export interface SaveOptions {
  /** The project's folder. */
  readonly root: string
  /** Absolute path of the bundle to write. */
  readonly file: string
  /** Whether a file that is there may be replaced. */
  readonly force: boolean
  readonly version: string
  readonly platform: string
  readonly provision: Provision
  /** What is in the nodes. */
  readonly references: readonly ImageRecord[]
  /** The labs that it is to have. */
  readonly labs: readonly { readonly id: string; readonly folder: string }[]
  /** The folders of labs to keep, from `root`; all when left out. */
  readonly labFolders?: readonly string[] | undefined
  /** Gets the Node that statelab is pinned to. */
  readonly pinnedNode: () => Promise<PinnedNode>
  /** More to put in, such as licences; each lies below `bundle/`. */
  readonly extras?: (options: { folder: string; signal: AbortSignal }) => Promise<readonly ExtraFile[]>
  readonly emit: Emit
  readonly signal: AbortSignal
}

/** Of the launcher, which knows where it comes from. */
export interface PinnedNode {
  /** Absolute path of the program, somewhere below `folder`. */
  readonly node: string
  readonly folder: string
  /** The name that the launcher looks for in a bundle. */
  readonly archive: string
}

export interface ExtraFile extends TarFile {
  /** One phrase for people. */
  readonly what: string
}

export interface SavedBundle {
  readonly file: string
  readonly bytes: number
  readonly files: number
  readonly bundle: BundleJson
}

/**
 * Writes everything that a machine without a network needs into one archive: the project, its dependencies, Node, kind
 * and the images. The same inputs give the same bytes. Whatever goes wrong, no unfinished file is left.
 * @throws {StatelabError} `bad-input` when there is such a file, `prerequisite-missing` when the disk is full.
 */
export async function saveBundle(runner: CommandRunner, options: SaveOptions): Promise<SavedBundle> {
  const { file, emit, signal } = options
  await assertFree(options)
  const work = `${file}.partial`
  await mkdir(work, { recursive: true }).catch((cause) => {
    throw badInput(`${file} cannot be written: ${messageOf(cause)}`)
  })
  // A killed save left its folder and a dead lock in it, which is taken over.
  const attempt = await tryLockFile(join(work, 'lock'))
  if (!('lock' in attempt)) throw badInput(`process ${attempt.holder} is writing ${file}`)
  try {
    await assertRoom(runner, options)
    const parts: Parts = { blobs: join(work, 'blobs'), images: [], packed: [] }
    await rm(parts.blobs, { recursive: true, force: true })
    await mkdir(parts.blobs)
    let saved: SavedBundle | undefined
    const write: Step = {
      id: 'bundle-write',
      title: 'Write the archive',
      needs: ['bundle-images', 'bundle-dependencies', 'bundle-node', ...(options.extras ? ['bundle-extras'] : [])],
      run: async (context) => {
        saved = await writeArchive(runner, join(work, 'archive.tar'), parts, { ...options, ...context })
        return `${Math.round(saved.bytes / 1e6)} MB, ${saved.files} files`
      },
    }
    await runSteps([...collectingSteps(runner, work, parts, options), write], { signal, emit })
    if (saved === undefined) throw new Error('the archive was not written')
    return saved
  } catch (error) {
    signal.throwIfAborted()
    throw isDiskFull(error) ? noRoom(file, error) : error
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** What the steps have brought together. */
interface Parts {
  readonly blobs: string
  images: readonly Image[]
  /** What lies below `bundle/` beside the images. */
  readonly packed: ExtraFile[]
}

function collectingSteps(runner: CommandRunner, work: string, parts: Parts, options: SaveOptions): Step[] {
  const { root, provision, pinnedNode, extras } = options
  const pack = async (name: string, what: string, from: string, paths: readonly string[], signal: AbortSignal) => {
    const to = join(work, name)
    await packFiles(from, paths, to, signal)
    const packed = await diskFile(`${BUNDLE_FOLDER}/${name}`, to)
    parts.packed.push({ ...packed, what })
    return `${Math.round(packed.bytes / 1e6)} MB`
  }
  const steps: Step[] = [
    {
      id: 'bundle-images',
      title: 'Take the images out of Docker',
      run: async ({ signal, progress }) => {
        const names = [provision.nodeImage, provision.nfsServerImage]
        parts.images = await exportImages(runner, names, { folder: parts.blobs, signal, progress })
        return undefined
      },
    },
    {
      id: 'bundle-dependencies',
      title: 'Pack the dependencies',
      run: async ({ signal }) => {
        parts.packed.push({ ...(await diskFile(KIND, provision.kind)), what: 'the program kind', executable: true })
        return pack(
          'node_modules.tar.gz',
          'the npm packages of package-lock.json',
          join(root, 'node_modules'),
          await dependencyFiles(root),
          signal,
        )
      },
    },
    {
      id: 'bundle-node',
      title: 'Pack Node.js',
      // One core for the images, one for all that is packed.
      needs: ['bundle-dependencies'],
      run: async ({ signal }) => {
        const { node, folder, archive } = await pinnedNode()
        return pack(archive, 'Node.js', folder, ['LICENSE', 'package.json', relative(folder, node)], signal)
      },
    },
  ]
  if (!extras) return steps
  return [
    ...steps,
    {
      id: 'bundle-extras',
      title: 'Describe what is in it',
      needs: ['bundle-images'],
      run: async ({ signal }) => {
        const folder = join(work, 'extras')
        await mkdir(folder, { recursive: true })
        parts.packed.push(...(await extras({ folder, signal })))
        return undefined
      },
    },
  ]
}

const WRITE_BYTES = 4 * 1024 * 1024

async function writeArchive(
  runner: CommandRunner,
  archive: string,
  { blobs, images, packed }: Parts,
  options: SaveOptions & { readonly progress: (line: string) => void },
): Promise<SavedBundle> {
  const { root, labFolders, file, force, signal, progress } = options
  const bundle = describe(options, packed)
  const paths = await projectFiles(runner, { root, labFolders, signal })
  const files = await collectFiles({ root, paths, bundle, blobs, images, packed, signal })
  const inArchive = files.map((each) => ({ ...each, path: `${ROOT}${each.path}` }))
  const bytes = tarBytes(inArchive)
  if ((await freeBytes(dirname(archive))) < bytes) throw noRoom(file)

  const handle = await open(archive, 'w')
  try {
    let written = 0
    for await (const chunk of batched(tarOf(inArchive), WRITE_BYTES)) {
      signal.throwIfAborted()
      await handle.writeFile(chunk)
      written += chunk.length
      progress(`${Math.round(written / 1e6)} of ${Math.round(bytes / 1e6)} MB`)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  // Somebody else may have written it by now.
  await assertFree({ file, force })
  await rename(archive, file)
  return { file, bytes, files: files.length, bundle }
}

function describe({ version, platform, provision, labs, references }: SaveOptions, packed: readonly ExtraFile[]): BundleJson {
  const { source, kubernetes, nodeImage, nfsServerImage, provisionerImage, metricsServerImage } = provision
  return {
    schema: 1,
    statelab: version,
    kubernetes,
    platform,
    source,
    labs: labs.map(({ id }) => id),
    provision: {
      nodeImage,
      nfsServerImage,
      provisionerImage,
      ...(metricsServerImage !== undefined && { metricsServerImage }),
    },
    references: references.map(({ reference, digest, sizeBytes }) => ({
      reference,
      ...(digest !== undefined && { digest }),
      ...(sizeBytes !== undefined && { bytes: sizeBytes }),
    })),
    files: Object.fromEntries(packed.map(({ path, what }): [string, string] => [path, what]).sort()),
  }
}

/**
 * Finds out before anything is made whether the file can be written.
 * @throws {StatelabError} `bad-input`.
 */
export async function assertFree({ file, force }: Pick<SaveOptions, 'file' | 'force'>): Promise<void> {
  const there = await stat(file).catch(() => undefined)
  if (there?.isDirectory()) throw badInput(`${file} is a folder`, 'name a file that does not exist')
  if (there && !force) throw badInput(`${file} is there already`, 'name another file, or replace it with --force')
  const folder = dirname(file)
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw badInput(`there is no folder ${folder}`, 'make it first, or name a file in another one')
  }
}

/** The blobs and the archive made of them lie there at the same time; together they are about as large as the images. */
async function assertRoom(runner: CommandRunner, { file, provision, signal }: SaveOptions): Promise<void> {
  const names = [provision.nodeImage, provision.nfsServerImage]
  const images = await Promise.all(names.map((name) => inspectImage(runner, name, signal)))
  const needed = images.reduce((sum, image) => sum + (image?.sizeBytes ?? 0), 0)
  if ((await freeBytes(dirname(file))) < needed) throw noRoom(file)
}

/** Bytes that may be written; plenty where the system does not say. */
async function freeBytes(folder: string): Promise<number> {
  const stats = await statfs(folder).catch(() => undefined)
  return stats === undefined || stats.blocks === 0 ? Number.POSITIVE_INFINITY : stats.bavail * stats.bsize
}

function isDiskFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
}

function noRoom(file: string, cause?: unknown): Error {
  const folder = dirname(file)
  return prerequisiteMissing(`the disk is full: there is no room for a bundle in ${folder}`, 'name a file on another disk', cause)
}
