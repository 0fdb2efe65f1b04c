import { lstat, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export interface StaleFile {
  /** Absolute; a folder is meant with all that is in it. */
  readonly path: string
  readonly sizeBytes: number
}

/** Folders of builds that were ended before they could remove them. */
const OF_BUILDS = /^(bake|context|debian)-/
/** The same of commands that do not wait for each other: a young one may be at work. */
const OF_COMMANDS = /^(dpkg|sbom)-/
const OLD_MS = 3_600_000

/**
 * Finds what can be removed from the cache while nothing is built.
 * @param current what is kept, as absolute paths without an ending, two folders below the cache at most.
 */
export async function staleFiles(cacheFolder: string, current: readonly string[]): Promise<readonly StaleFile[]> {
  const stale: string[] = []
  for (const name of await namesIn(cacheFolder)) {
    const path = join(cacheFolder, name)
    if (OF_BUILDS.test(name) || (OF_COMMANDS.test(name) && (await ageMs(path)) > OLD_MS)) stale.push(path)
  }
  for (const folder of new Set(current.map((path) => dirname(path)))) {
    const kept = current.filter((path) => dirname(path) === folder).map((path) => basename(path))
    const others = (await namesIn(folder)).filter((name) => !kept.some((each) => belongsTo(each, name)))
    stale.push(...others.map((name) => join(folder, name)))
  }
  return Promise.all(stale.sort().map(async (path) => ({ path, sizeBytes: await sizeOf(path) })))
}

/** `KEY`, `KEY.mod`, `VERSION-PLATFORM`; nobody builds, so that `KEY.partial` is a leftover. */
function belongsTo(kept: string, name: string): boolean {
  return name === kept || (/^[.-]/.test(name.slice(kept.length)) && name.startsWith(kept) && !name.endsWith('.partial'))
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

async function ageMs(path: string): Promise<number> {
  return Date.now() - (await lstat(path)).mtimeMs
}

async function sizeOf(path: string): Promise<number> {
  const stats = await lstat(path)
  if (!stats.isDirectory()) return stats.size
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))))
  return sizes.reduce((sum, size) => sum + size, 0)
}
