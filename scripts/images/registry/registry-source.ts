import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { badInput, StatelabError } from '../../errors.ts'
import type { CommandRunner } from '../../process/command-runner.ts'
import { runSteps, type Step } from '../../steps/run-steps.ts'
import { buildFailed } from '../build/build-failed.ts'
import { untilNobodyBuilds } from '../build/build-lock.ts'
import { inspectImage } from '../build/docker.ts'
import { recordOf } from '../image-record.ts'
import { infrastructureReference } from '../contents.ts'
import { parseReference } from '../image-reference.ts'
import { ensureKind, findKind, type KindProgramOptions } from '../kind-program.ts'
import { nodeVersion, readImageLock } from '../lock.ts'
import type { ImageSource, Probe, ProvideOptions, Provision } from '../source.ts'
import { buildSteps } from './build-steps.ts'
import { type Mirrors, NO_MIRRORS } from './mirrors.ts'
import { type Plan, resolvePlan } from './plan.ts'
import { createPull } from './pull-image.ts'
import { type Fetch, reachable } from './reachable.ts'

export interface RegistryOptions {
  readonly runner: CommandRunner
  /** The project's folder: images/ and manifests/ are in it. */
  readonly root: string
  /** Another lock file than the project's own. */
  readonly lockFile?: string
  readonly cacheFolder: string
  /** Where things come from instead. With one for registries the source is `mirror`, else `registry`. */
  readonly mirrors?: Mirrors
  /** The host's platform and processor, as Node names them. */
  readonly platform: NodeJS.Platform
  readonly arch: NodeJS.Architecture
  /** Such as `v1.36.4`; there is only the lock file's. */
  readonly kubernetes?: string | undefined
  readonly fetch?: Fetch
}

/** Layers come in parallel by themselves; more images at once only make each of them later. */
const CONCURRENCY = 3

/**
 * Pulls the official images by digest, from where they are published or from mirrors, and builds on them what nobody
 * publishes: the NFS server, and a node with the NFS client and every image inside.
 */
export async function createRegistrySource(options: RegistryOptions): Promise<ImageSource> {
  const { runner, root, cacheFolder, mirrors = NO_MIRRORS, platform, arch, kubernetes, fetch = globalThis.fetch } = options
  const lock = await readImageLock(options.lockFile ?? join(root, 'manifests', 'images.lock.yaml'))
  const name = mirrors.registries.length > 0 ? 'mirror' : 'registry'
  const version = nodeVersion(lock)
  const pull = createPull(runner, mirrors)

  const kindOptions = (signal: AbortSignal, progress: (line: string) => void): KindProgramOptions => ({
    ...{ runner, lock, cacheFolder, platform, arch, fetch, goProxy: mirrors.go },
    ...{ signal, progress },
  })

  async function hasImages(plan: Plan, signal: AbortSignal): Promise<boolean> {
    const found = await Promise.all([plan.nodeImage, plan.nfsServer].map((tag) => inspectImage(runner, tag, signal)))
    return !found.includes(undefined)
  }

  async function isReady(signal: AbortSignal): Promise<boolean> {
    if (kubernetes !== undefined && kubernetes !== version) return false
    try {
      const plan = await resolvePlan({ root, lock })
      return (await hasImages(plan, signal)) && (await findKind(kindOptions(signal, () => {}))) !== undefined
    } catch {
      return false
    }
  }

  return {
    name,
    isReady,

    async probe(signal): Promise<Probe> {
      if (kubernetes !== undefined && kubernetes !== version) return { usable: false, why: `it has Kubernetes ${version} only` }
      if (await isReady(signal)) return { usable: true, ready: true, why: 'everything is on this machine already' }
      const plan = await resolvePlan({ root, lock })
      const hosts = [...plan.pulled.values()].map(({ image }) => parseReference(image.reference).host)
      return reachable([...new Set(hosts)], { runner, fetch, mirrors, signal })
    },

    async provide({ signal, emit, parent, labImages }: ProvideOptions): Promise<Provision> {
      assertOfficial(kubernetes, version, name)
      await mkdir(cacheFolder, { recursive: true, mode: 0o700 })
      const plan = await resolvePlan({ root, lock, labImages })
      let kind = (await hasImages(plan, signal)) ? await findKind(kindOptions(signal, () => {})) : undefined
      if (kind === undefined) {
        await using _lock = await untilNobodyBuilds(cacheFolder, { signal, emit })
        const getKind: Step = {
          id: 'kind-program',
          title: `Get kind ${lock.kind.version}`,
          run: async ({ progress, ...context }) => {
            kind = await ensureKind(kindOptions(context.signal, progress))
            return kind
          },
        }
        const builds = buildSteps(runner, { root, lock, labImages, cacheFolder, source: name, mirrors, plan, pull })
        const nesting = parent === undefined ? {} : { parent }
        await runSteps([getKind, ...builds], { signal, emit, concurrency: CONCURRENCY, ...nesting }).catch((error: unknown) => {
          signal.throwIfAborted()
          throw provideFailed(error)
        })
      }
      if (kind === undefined) throw new Error('the step that gets kind has not run')
      return {
        source: name,
        nodeImage: plan.nodeImage,
        nfsServerImage: plan.nfsServer,
        provisionerImage: infrastructureReference(lock, 'nfs-provisioner'),
        metricsServerImage: infrastructureReference(lock, 'metrics-server'),
        kind,
        kubernetes: version,
      }
    },

    async records(signal) {
      const plan = await resolvePlan({ root, lock })
      const own = [plan.nodeImage, plan.nfsServer].map((tag) => ({ reference: tag, tag }))
      const inNodes = [...plan.contents].flatMap(([tag, references]) => references.map((reference) => ({ reference, tag })))
      return Promise.all([...own, ...inNodes].map((image) => recordOf(runner, { ...image, source: name }, signal)))
    },
  }
}

/**
 * @param wanted the version that was asked for.
 * @throws {StatelabError} `bad-input` when it is not the official node's.
 */
export function assertOfficial(wanted: string | undefined, version: string, source: string): void {
  if (wanted === undefined || wanted === version) return
  throw badInput(
    `image source ${source} has Kubernetes ${version} only, not ${wanted}`,
    `leave --kubernetes out, or build it: --source packages --kubernetes ${wanted}`,
  )
}

function provideFailed(cause: unknown): StatelabError {
  if (cause instanceof StatelabError && cause.code !== 'command-failed') return cause
  return buildFailed('building on the official images', cause, '--mirror debian=URL names another archive for Debian packages')
}
