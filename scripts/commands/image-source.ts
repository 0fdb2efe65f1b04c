import { join } from 'node:path'
import process from 'node:process'
import { stateFolder } from '../environment.ts'
import { prerequisiteMissing } from '../errors.ts'
import type { Emit } from '../events.ts'
import { ensureDebianPackages } from '../host/apt.ts'
import { BUILD_PACKAGES } from '../host/doctor/toolchain-checks.ts'
import { findProgram, type Host } from '../host/host.ts'
import { createBundleSource } from '../images/bundle/bundle-source.ts'
import { assertUsable, chooseSource } from '../images/choose-source.ts'
import { withGoProxy } from '../images/go-proxy.ts'
import { nodeVersion, readImageLock } from '../images/lock.ts'
import { createPackagesSource } from '../images/packages/packages-source.ts'
import { type Mirrors, NO_MIRRORS } from '../images/registry/mirrors.ts'
import { assertOfficial, createRegistrySource } from '../images/registry/registry-source.ts'
import type { ImageSource, SourceName } from '../images/source.ts'
import { unavailableSource } from '../images/unavailable-source.ts'
import { thisMachine } from './this-machine.ts'

export interface ImageSourceOptions {
  readonly host: Host
  /** The project's folder. */
  readonly root: string
  readonly requested: SourceName | undefined
  /** Such as `v1.36.1`; the source's own version when left out. */
  readonly kubernetes?: string | undefined
  readonly mirrors?: Mirrors | undefined
  readonly mayInstall: boolean
  readonly emit: Emit
  readonly signal: AbortSignal
}

/**
 * The image source to use: the one that was asked for, else the first that works here.
 * @param madeFrom the source that the environment was made from; `undefined` when it is made anew.
 */
export async function openImageSource(options: ImageSourceOptions, madeFrom?: SourceName): Promise<ImageSource> {
  const { requested, emit, signal } = options
  return chooseSource(await imageSources(options), { requested, madeFrom, emit, signal })
}

/** @throws {StatelabError} when there can be no images as asked for. */
export async function assertImageSource(options: ImageSourceOptions): Promise<void> {
  await assertUsable(await imageSources(options), options.requested, options.signal)
}

/**
 * Every source, in order of preference: what was set up by hand first, what takes longest last.
 * @throws {StatelabError} `bad-input` for a Kubernetes version that the source asked for does not have.
 */
export async function imageSources(options: ImageSourceOptions): Promise<readonly ImageSource[]> {
  const { host, root, requested, kubernetes, mirrors = NO_MIRRORS, mayInstall, emit } = options
  const cacheFolder = join(stateFolder(), 'cache')
  if (requested === 'registry' || requested === 'mirror') {
    const lock = await readImageLock(join(root, 'manifests', 'images.lock.yaml'))
    assertOfficial(kubernetes, nodeVersion(lock), requested)
  }
  const { runner, platform } = host
  const ofRegistry = { runner, root, cacheFolder, platform, arch: process.arch, kubernetes }
  const [mirror, registry, packages] = await Promise.all([
    mirrors.registries.length > 0 ? createRegistrySource({ ...ofRegistry, mirrors }) : NO_MIRROR,
    createRegistrySource({ ...ofRegistry, mirrors: { ...mirrors, registries: [] } }),
    createPackagesSource({
      runner: withGoProxy(runner, mirrors.go),
      root,
      cacheFolder,
      platform,
      kubernetes,
      debianMirror: mirrors.debian,
      ensurePrograms: async (programs, signal) => {
        if (programs.includes('go') && (await findProgram(host, 'go')) === undefined) {
          throw prerequisiteMissing(
            'there is no go program, and images are built with it',
            'install Go: https://go.dev/doc/install',
          )
        }
        const work = { host, signal, emit, allowInstall: mayInstall }
        await ensureDebianPackages(BUILD_PACKAGES, 'Building images needs it', work)
      },
    }),
  ])
  const bundle = createBundleSource({ runner, root, cacheFolder, machine: thisMachine(host, kubernetes) })
  return [mirror, bundle, registry, packages]
}

const NO_MIRROR = unavailableSource(
  'mirror',
  'no mirror is named',
  'name one: --mirror HOST[:PORT][/PREFIX], or the variable STATELAB_MIRROR',
)
