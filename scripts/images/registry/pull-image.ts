import { StatelabError } from '../../errors.ts'
import type { CommandRunner } from '../../process/command-runner.ts'
import type { PinnedImage } from '../lock.ts'
import { parseReference } from '../image-reference.ts'
import { type Mirrors, namesInMirrors } from './mirrors.ts'
import { kindOfPullFailure, type PullFailureKind, pullFailed } from './pull-failure.ts'

export interface PullOptions {
  /** The tag that the image gets here. */
  readonly tag: string
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/** Pulls an image. */
export type Pull = (image: PinnedImage, options: PullOptions) => Promise<void>

/**
 * Makes the function that pulls by digest, from the image's own registry or a mirror, with the credentials, authorities
 * and proxies that Docker is set up with. Which layout of a mirror worked is remembered for the next image.
 */
export function createPull(runner: CommandRunner, mirrors: Mirrors): Pull {
  const worked = new Set<string>()

  return async (image, options) => {
    const candidates = namesInMirrors(parseReference(image.reference), mirrors).toSorted(
      (a, b) => Number(worked.has(b.layout)) - Number(worked.has(a.layout)),
    )
    const failures: { readonly kind: PullFailureKind; readonly error: StatelabError }[] = []
    const lost = new Set<string>()
    for (const { name, layout } of candidates) {
      const { host } = parseReference(name)
      if (lost.has(host)) continue
      const pinned = `${name}@${image.digest}`
      try {
        await pullTwice(runner, pinned, options)
        await tagVerified(runner, pinned, image, options)
        worked.add(layout)
        return
      } catch (cause) {
        options.signal.throwIfAborted()
        const kind = kindOfPullFailure(cause)
        const error =
          cause instanceof StatelabError && cause.code === 'image-failed'
            ? cause
            : pullFailed(cause, { reference: image.reference, name: pinned })
        // No other registry makes room on this disk.
        if (kind === 'disk-full') throw error
        if (ABOUT_THE_HOST.has(kind)) lost.add(host)
        failures.push({ kind, error })
      }
    }
    // That one name does not exist is expected where two are tried: what else went wrong says more.
    const telling = failures.find(({ kind }) => kind !== 'not-found') ?? failures.at(-1)
    throw telling?.error ?? new Error(`there is no name for ${image.reference}`)
  }
}

/** Another name at the same host would fail in the same way, perhaps as slowly. */
const ABOUT_THE_HOST: ReadonlySet<PullFailureKind> = new Set(['unreachable', 'certificate', 'no-tls', 'rate-limited'])

/** Docker itself tries each layer a few times; a connection that broke all the same gets one more chance. */
async function pullTwice(runner: CommandRunner, pinned: string, { signal, progress }: PullOptions): Promise<void> {
  const pull = () => runner.run('docker', ['pull', pinned], { signal, onLine: progress })
  try {
    await pull()
  } catch (error) {
    signal.throwIfAborted()
    if (kindOfPullFailure(error) !== 'broken') throw error
    progress(`the connection to ${pinned.slice(0, pinned.indexOf('/'))} broke: trying once more`)
    await pull()
  }
}

/** Only an image that Docker knows by the digest that was asked for gets the tag by which everything else finds it. */
async function tagVerified(
  runner: CommandRunner,
  pinned: string,
  { reference, digest }: PinnedImage,
  { tag, signal }: PullOptions,
): Promise<void> {
  const { stdout } = await runner.run('docker', ['image', 'inspect', '--format', '{{json .RepoDigests}}', pinned], { signal })
  const digests = JSON.parse(stdout) as readonly string[]
  if (!digests.some((each) => each.endsWith(`@${digest}`))) {
    throw new StatelabError(
      'image-failed',
      `${reference} was pulled, but it is ${digests.join(', ') || 'unknown'}, not ${digest}`,
      {
        fix: `docker pull ${pinned}`,
      },
    )
  }
  await runner.run('docker', ['tag', pinned, tag], { signal })
}
