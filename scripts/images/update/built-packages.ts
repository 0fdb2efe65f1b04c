import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandRunner } from '../../process/command-runner.ts'
import { installedPackages, type Versions } from '../packages/installed-packages.ts'
import { aptPackages } from './apt-packages.ts'

export interface BuiltPackages {
  /** What Dockerfiles install by name, at the versions in the newest images. */
  readonly versions: Versions
  /** What no image of this machine has. */
  readonly missing: readonly string[]
}

/**
 * Finds the versions of the Debian packages that Dockerfiles install in the images that were built from them here.
 * @param options.root the project's folder.
 */
export async function builtPackages(
  runner: CommandRunner,
  options: { readonly root: string; readonly cacheFolder: string; readonly signal: AbortSignal },
): Promise<BuiltPackages> {
  const { root, signal } = options
  const dockerfiles = globSync('images/**/Dockerfile', { cwd: root })
  const texts = await Promise.all(dockerfiles.map((file) => readFile(join(root, file), 'utf8')))
  const named = [...new Set(texts.flatMap(aptPackages))].sort()
  const list = ['image', 'ls', '--filter', 'label=dev.statelab.source=packages', '--format', '{{.ID}}']
  const { stdout } = await runner.run('docker', list, { signal })
  const found: Record<string, string> = {}
  // The newest comes first, and what it has counts.
  for (const image of new Set(stdout.split('\n').filter((id) => id !== '')))
    for (const [name, version] of Object.entries(await installedPackages(runner, image, options))) found[name] ??= version
  return {
    versions: Object.fromEntries(named.flatMap((name) => (found[name] === undefined ? [] : [[name, found[name]]]))),
    missing: named.filter((name) => found[name] === undefined),
  }
}
