import { existsSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { CommandRunner } from '../../process/command-runner.ts'
import { collectGoLicences } from './go-licences.ts'
import { GO_FLAGS, GO_PROGRAMS, LICENCES } from './go-programs.ts'

export interface LicenceFile {
  /** With slashes, such as `licenses/go.uber.org/zap@v1.27.1/LICENSE`. */
  readonly path: string
  /** Where it is on this machine, absolute. */
  readonly file: string
}

/**
 * The licences of every Go module that is compiled into our programs, sorted by path. They are collected when the
 * programs are built; for programs that an earlier version built, now.
 * @param options.module the folder of the Go module, images/.
 * @param options.folder the folder of the programs that were built, absolute.
 */
export async function licenceFiles(
  runner: CommandRunner,
  options: { readonly module: string; readonly folder: string; readonly signal: AbortSignal },
): Promise<readonly LicenceFile[]> {
  const { module, folder, signal } = options
  const licences = join(folder, LICENCES)
  if (!existsSync(licences)) {
    const partial = `${licences}.partial`
    await rm(partial, { recursive: true, force: true })
    const derived = existsSync(`${folder}.mod`) ? [`-modfile=${folder}.mod`] : []
    const packages = Object.values(GO_PROGRAMS)
    await collectGoLicences(runner, { module, flags: [...derived, ...GO_FLAGS], packages, into: partial, signal })
    await rename(partial, licences)
  }
  const entries = await readdir(licences, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return files
    .map((file) => ({ path: relative(folder, file).split(sep).join('/'), file }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}
