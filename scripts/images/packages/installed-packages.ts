import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandRunner } from '../../process/command-runner.ts'
import { cleanupSignal } from '../../wait/deadline.ts'
import { parseDpkgStatus } from '../sbom/package-records.ts'

/** Debian packages → their versions. */
export type Versions = Readonly<Record<string, string>>

/**
 * The Debian packages that an image of the local Docker is made of, from the records in it; none where it has none.
 * Nothing of the image is run.
 * @param options.cacheFolder where the records are kept for the time.
 */
export async function installedPackages(
  runner: CommandRunner,
  image: string,
  { cacheFolder, signal }: { readonly cacheFolder: string; readonly signal: AbortSignal },
): Promise<Versions> {
  const folder = await mkdtemp(join(cacheFolder, 'dpkg-'))
  let container = ''
  try {
    // An image may have no command, and a container cannot be made without one.
    container = (await runner.run('docker', ['create', image, 'none'], { signal })).stdout
    await runner.run('docker', ['cp', `${container}:/var/lib/dpkg/.`, folder], { signal, allow: 'any' })
    const files = (await readdir(folder, { recursive: true })).filter((path) => /^status(\.d[/\\][^/\\]+)?$/.test(path))
    const readable = files.filter((path) => path !== 'status.d')
    const records = await Promise.all(readable.map(async (path) => parseDpkgStatus(await readFile(join(folder, path), 'utf8'))))
    return Object.fromEntries(records.flat().map(({ name, version }) => [name, version]))
  } finally {
    const options = { signal: cleanupSignal(), allow: 'any' } as const
    if (container !== '') await runner.run('docker', ['rm', '--force', '--volumes', container], options)
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Compares what a build got with what the lock file says. Debian keeps only the newest version: a difference is worth a
 * word, and no failure.
 * @returns a phrase, or `undefined` when nothing differs.
 */
export function differenceFromLock(installed: Versions, locked: Versions): string | undefined {
  const others = Object.entries(locked).flatMap(([name, version]) => {
    const found = installed[name]
    return found === undefined || found === version ? [] : [`${name} ${found} instead of ${version}`]
  })
  return others.length === 0 ? undefined : `other packages than in the lock file: ${others.join(', ')}`
}
