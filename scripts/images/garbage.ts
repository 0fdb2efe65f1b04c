import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, StatelabError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { CommandFailedError, type CommandRunner } from '../process/command-runner.ts'
import { tryLockFile } from '../process/lock-file.ts'
import type { Current } from './current.ts'
import { freedBytes } from './freed-bytes.ts'
import { imagesInUse, type ListedImage, listImages } from './local-images.ts'
import { IMAGE_LABEL } from './oci-labels.ts'
import { type StaleFile, staleFiles } from './stale-files.ts'

export interface GarbageOptions {
  readonly current: Current
  readonly cacheFolder: string
  /** True to find out only. */
  readonly dryRun: boolean
  readonly emit: Emit
  readonly signal: AbortSignal
}

/** What was removed, or would be. */
export interface Garbage {
  readonly images: readonly { readonly reference: string; readonly id: string }[]
  readonly files: readonly StaleFile[]
  /** Of images and files together; layers that remaining images share are not counted. */
  readonly freedBytes: number
  readonly dryRun: boolean
}

/**
 * Removes images that statelab made, that no container uses and that this version would not use; and what builds left in
 * the cache. A tag that is not statelab's is never touched, also when the image below it is.
 * @throws {StatelabError} `operation-failed` while images are built.
 */
export async function collectGarbage(runner: CommandRunner, options: GarbageOptions): Promise<Garbage> {
  const { current, cacheFolder, dryRun, emit, signal } = options
  await using _lock = dryRun ? undefined : await lockBuilds(cacheFolder)
  const [all, used] = await Promise.all([listImages(runner, signal), imagesInUse(runner, signal)])
  const wanted = all.flatMap((image) => (used.has(image.id) ? [] : removable(image, all, current)))
  const files = await staleFiles(cacheFolder, current.cached)
  const removed = dryRun ? wanted : await removeImages(runner, wanted, { emit, signal })
  if (!dryRun) for (const { path } of files) await rm(path, { recursive: true, force: true })
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, freedBytes(all, removed))
  return { images: removed, files, freedBytes: bytes, dryRun }
}

async function lockBuilds(cacheFolder: string): Promise<AsyncDisposable> {
  const attempt = await tryLockFile(join(cacheFolder, 'build.lock'))
  if ('lock' in attempt) return attempt.lock
  throw new StatelabError(
    'operation-failed',
    {
      en: `process ${attempt.holder} is building images`,
      zh: `进程 ${attempt.holder} 正在构建镜像`,
    },
    { fix: { en: 'statelab images gc   # when it has finished', zh: 'statelab images gc   # 待其结束之后' } },
  )
}

/** One name of an image that is to go; for an image without a name, its id. */
interface Removal {
  readonly reference: string
  readonly id: string
}

const PREFIX = 'statelab/'

function removable(image: ListedImage, all: readonly ListedImage[], current: Current): Removal[] {
  const { id, tags, labels } = image
  // Others may have tagged it, or built on it: a label is inherited, a name is not.
  if (tags.length > 0)
    return tags.filter((tag) => tag.startsWith(PREFIX) && !current.tags.has(tag)).map((reference) => ({ reference, id }))
  // A step of a build goes with what was built last on it.
  const isStep = all.some(({ parent }) => parent === id)
  return labels[IMAGE_LABEL] !== undefined && !isStep ? [{ reference: id, id }] : []
}

async function removeImages(
  runner: CommandRunner,
  wanted: readonly Removal[],
  { emit, signal }: Pick<GarbageOptions, 'emit' | 'signal'>,
): Promise<readonly Removal[]> {
  const removed: Removal[] = []
  for (const removal of wanted) {
    try {
      await runner.run('docker', ['image', 'rm', removal.reference], { signal })
      removed.push(removal)
    } catch (error) {
      // It went with another one; or something began to use it, which is its right.
      if (!(error instanceof CommandFailedError)) throw error
      if (!/no such image/i.test(error.stderr)) emit({ type: 'note', level: 'warning', text: messageOf(error) })
    }
  }
  return removed
}
