import { join } from 'node:path'
import { stateFolder } from '../environment.ts'
import { prerequisiteMissing } from '../errors.ts'
import type { Emit } from '../events.ts'
import { ensureDebianPackages } from '../host/apt.ts'
import { BUILD_PACKAGES } from '../host/doctor/toolchain-checks.ts'
import { findProgram, type Host } from '../host/host.ts'
import { chooseSource } from '../images/choose-source.ts'
import { createPackagesSource } from '../images/packages/packages-source.ts'
import type { ImageSource, SourceName } from '../images/source.ts'
import { unavailableSource } from '../images/unavailable-source.ts'

export interface ImageSourceOptions {
  readonly host: Host
  /** The project's folder. */
  readonly root: string
  readonly requested: SourceName | undefined
  /** Such as `v1.36.1`; the lock file's default when left out. */
  readonly kubernetes?: string | undefined
  readonly mayInstall: boolean
  readonly emit: Emit
  readonly signal: AbortSignal
}

/** The image source to use: the one that was asked for, else the first that works here. */
export async function openImageSource({
  host,
  root,
  requested,
  kubernetes,
  mayInstall,
  emit,
  signal,
}: ImageSourceOptions): Promise<ImageSource> {
  const packages = await createPackagesSource({
    runner: host.runner,
    root,
    cacheFolder: join(stateFolder(), 'cache'),
    platform: host.platform,
    kubernetes,
    ensurePrograms: async (programs, within) => {
      if (programs.includes('go') && (await findProgram(host, 'go')) === undefined) {
        throw prerequisiteMissing(
          'there is no go program, and images are built with it',
          'install Go: https://go.dev/doc/install',
        )
      }
      await ensureDebianPackages(BUILD_PACKAGES, 'Building images needs it', {
        host,
        signal: within,
        emit,
        allowInstall: mayInstall,
      })
    },
  })
  const sources = [unavailableSource('registry'), unavailableSource('mirror'), packages, unavailableSource('bundle')]
  return chooseSource(sources, { requested, emit, signal })
}
