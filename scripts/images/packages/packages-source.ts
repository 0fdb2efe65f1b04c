import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandRunner } from '../../process/command-runner.ts'
import { runSteps } from '../../steps/run-steps.ts'
import { loadImageLock } from '../lock.ts'
import type { ImageSource } from '../source.ts'
import { buildSteps } from './build-steps.ts'
import { buildFailed } from '../build/build-failed.ts'
import { untilNobodyBuilds } from '../build/build-lock.ts'
import { inspectImage } from '../build/docker.ts'
import { recordOf } from '../image-record.ts'
import { infrastructureReference } from '../contents.ts'
import { NODE_IMAGE, type Plan, resolvePlan } from './plan.ts'

export interface PackagesOptions {
  readonly runner: CommandRunner
  /** The project's folder: images/ and manifests/ are in it. */
  readonly root: string
  /** Where built programs are kept. */
  readonly cacheFolder: string
  /** The host's platform, as Node names it. */
  readonly platform: NodeJS.Platform
  /** Such as `v1.36.1`; the lock file's default when left out. */
  readonly kubernetes?: string | undefined
  /** Debian's archive, when it is not the one that mmdebstrap takes by itself. */
  readonly debianMirror?: string | undefined
  /** Makes sure that programs of the host are there, by installing them where that is allowed. */
  readonly ensurePrograms: (programs: readonly string[], signal: AbortSignal) => Promise<void>
}

/** More builds at once than cores: some of them wait for the package mirror. */
const CONCURRENCY = 3

/**
 * Builds every image from Debian packages and Go modules: no container registry is needed. Every image is found again by
 * a tag made from the content of what went into it.
 */
export async function createPackagesSource(options: PackagesOptions): Promise<ImageSource> {
  const { runner, root, cacheFolder, platform } = options
  const lock = await loadImageLock(join(root, 'manifests', 'images.lock.yaml'), options.kubernetes)
  const everything = { root, cacheFolder, lock, debianMirror: options.debianMirror }

  async function isComplete({ programs, tags }: Plan, signal: AbortSignal): Promise<boolean> {
    const needed = [tags.get(NODE_IMAGE), tags.get('nfs-server')]
    const found = await Promise.all(needed.map((tag) => (tag === undefined ? undefined : inspectImage(runner, tag, signal))))
    return programs !== undefined && !found.includes(undefined)
  }

  async function isReady(signal: AbortSignal): Promise<boolean> {
    return resolvePlan(everything).then(
      (plan) => isComplete(plan, signal).catch(() => false),
      () => false,
    )
  }

  return {
    name: 'packages',

    isReady,

    async probe(signal) {
      if (platform !== 'linux') return { usable: false, why: 'builds on Linux only' }
      return (await isReady(signal))
        ? { usable: true, ready: true, why: 'everything is built already' }
        : { usable: true, why: 'built from Debian packages and Go modules' }
    },

    async provide({ signal, emit, parent, labImages }) {
      const inputs = { ...everything, labImages }
      await mkdir(cacheFolder, { recursive: true, mode: 0o700 })
      let plan = await resolvePlan(inputs)
      if (!(await isComplete(plan, signal))) {
        await using _lock = await untilNobodyBuilds(cacheFolder, { signal, emit })
        await options.ensurePrograms(['mmdebstrap', 'go'], signal)
        const steps = buildSteps(runner, inputs)
        await runSteps(steps, { signal, emit, concurrency: CONCURRENCY, ...(parent !== undefined && { parent }) }).catch(
          (error) => {
            signal.throwIfAborted()
            throw buildFailed('building the images', error)
          },
        )
        plan = await resolvePlan(inputs)
      }
      const tag = (id: string): string => plan.tags.get(id) ?? id
      return {
        source: 'packages',
        nodeImage: tag(NODE_IMAGE),
        nfsServerImage: tag('nfs-server'),
        provisionerImage: infrastructureReference(lock, 'nfs-provisioner'),
        metricsServerImage: infrastructureReference(lock, 'metrics-server'),
        kind: join(plan.goFolder, 'kind'),
        kubernetes: lock.kubernetesVersion,
      }
    },

    async records(signal) {
      const { tags } = await resolvePlan(everything)
      const own = [NODE_IMAGE, 'nfs-server'].map((id) => ({ reference: tags.get(id) ?? `statelab/${id}`, tag: tags.get(id) }))
      const inNodes = lock.images.flatMap(({ context, references }) =>
        references.map((reference) => ({ reference, tag: tags.get(context) })),
      )
      return Promise.all(
        [...own, ...inNodes].map(({ reference, tag }) => recordOf(runner, { reference, tag, source: 'packages' }, signal)),
      )
    },
  }
}
