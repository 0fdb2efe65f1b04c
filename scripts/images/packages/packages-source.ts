import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, prerequisiteMissing, StatelabError } from '../../errors.ts'
import type { Emit } from '../../events.ts'
import type { CommandRunner } from '../../process/command-runner.ts'
import { tryLockFile } from '../../process/lock-file.ts'
import { runSteps } from '../../steps/run-steps.ts'
import { poll } from '../../wait/poll.ts'
import { loadImageLock } from '../lock.ts'
import type { ImageRecord, ImageSource } from '../source.ts'
import { buildSteps } from './build-steps.ts'
import { inspectImage } from '../build/docker.ts'
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
  const inputs = { root, cacheFolder, lock }

  async function isComplete({ programs, tags }: Plan, signal: AbortSignal): Promise<boolean> {
    const needed = [tags.get(NODE_IMAGE), tags.get('nfs-server')]
    const found = await Promise.all(needed.map((tag) => (tag === undefined ? undefined : inspectImage(runner, tag, signal))))
    return programs !== undefined && !found.includes(undefined)
  }

  return {
    name: 'packages',

    async probe(signal) {
      if (platform !== 'linux') return { usable: false, why: 'builds on Linux only' }
      const ready = await isComplete(await resolvePlan(inputs), signal).catch(() => false)
      return ready
        ? { usable: true, ready, why: 'everything is built already' }
        : { usable: true, why: 'built from Debian packages and Go modules' }
    },

    async provide({ signal, emit, parent }) {
      await mkdir(cacheFolder, { recursive: true, mode: 0o700 })
      let plan = await resolvePlan(inputs)
      if (!(await isComplete(plan, signal))) {
        await using _lock = await untilNobodyBuilds(cacheFolder, { signal, emit })
        await options.ensurePrograms(['mmdebstrap', 'go'], signal)
        const steps = buildSteps(runner, inputs)
        await runSteps(steps, { signal, emit, concurrency: CONCURRENCY, ...(parent !== undefined && { parent }) }).catch(
          (error) => {
            signal.throwIfAborted()
            throw buildFailed(error)
          },
        )
        plan = await resolvePlan(inputs)
      }
      const tag = (id: string): string => plan.tags.get(id) ?? id
      return {
        source: 'packages',
        nodeImage: tag(NODE_IMAGE),
        nfsServerImage: tag('nfs-server'),
        provisionerImage: PROVISIONER,
        metricsServerImage: METRICS_SERVER,
        kind: join(plan.goFolder, 'kind'),
        kubernetes: lock.kubernetesVersion,
      }
    },

    async records(signal) {
      const { tags } = await resolvePlan(inputs)
      const own = [NODE_IMAGE, 'nfs-server'].map((id) => ({ reference: tags.get(id) ?? `statelab/${id}`, tag: tags.get(id) }))
      const inNodes = lock.images.flatMap(({ context, references }) =>
        references.map((reference) => ({ reference, tag: tags.get(context) })),
      )
      return Promise.all([...own, ...inNodes].map(({ reference, tag }) => record(runner, reference, tag, signal)))
    },
  }
}

/** A build takes both cores as it is, and what another process builds need not be built twice. */
async function untilNobodyBuilds(
  cacheFolder: string,
  { signal, emit }: { signal: AbortSignal; emit: Emit },
): Promise<AsyncDisposable> {
  const read = async (): Promise<{ value?: AsyncDisposable; seen: string }> => {
    const attempt = await tryLockFile(join(cacheFolder, 'build.lock'))
    return 'lock' in attempt ? { value: attempt.lock, seen: '' } : { seen: `process ${attempt.holder} is building images` }
  }
  const onSeen = (seen: string): void => emit({ type: 'note', level: 'info', text: `waiting: ${seen}` })
  return poll(read, { what: 'no other process builds images', intervalMs: 500, timeoutMs: 3_600_000, signal, onSeen })
}

const PROVISIONER = 'registry.k8s.io/sig-storage/nfs-subdir-external-provisioner:v4.0.2'
const METRICS_SERVER = 'registry.k8s.io/metrics-server/metrics-server:v0.9.0'

async function record(
  runner: CommandRunner,
  reference: string,
  tag: string | undefined,
  signal: AbortSignal,
): Promise<ImageRecord> {
  const image = tag === undefined ? undefined : await inspectImage(runner, tag, signal)
  const facts = image && { digest: image.id, sizeBytes: image.sizeBytes, createdAt: image.createdAt }
  return { reference, source: 'packages', ...facts, remake: 'statelab up --source packages' }
}

function buildFailed(cause: unknown): StatelabError {
  const message = messageOf(cause)
  if (message.includes('no space left on device')) {
    return prerequisiteMissing(
      'the disk is full: the images could not be built',
      'docker system prune   # then the same command again',
      cause,
    )
  }
  return new StatelabError('image-failed', `building the images failed: ${message}`, {
    cause,
    fix: 'the same command again goes on where this one stopped',
  })
}
