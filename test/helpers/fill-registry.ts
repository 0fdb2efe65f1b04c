import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildImage } from '../../scripts/images/build/docker.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import type { TestRegistry } from './registry.ts'

/** How a registry names what it has copied from others. */
export interface Layout {
  /** The path that everything is below. */
  readonly prefix?: string
  /** Whether the name of the original registry is part of the path: `docker.io/library/redis` instead of `library/redis`. */
  readonly naming?: 'with-registry' | 'without-registry'
}

/** A local image, and the reference that it has in the world: `docker.io/library/redis:7.0.15`. */
export type OfficialImages = ReadonlyMap<string, string>

/**
 * Pushes local images under their official names.
 * @returns the digest that each reference has in this registry.
 */
export async function fillRegistry(
  { host }: TestRegistry,
  images: OfficialImages,
  layout: Layout = {},
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>()
  for (const [image, reference] of images) digests.set(reference, await push(image, `${host}/${placeOf(reference, layout)}`))
  return digests
}

/** Where a mirror keeps an image: `prefix/docker.io/library/redis:7.0.15`. */
export function placeOf(reference: string, { prefix, naming = 'without-registry' }: Layout): string {
  const name = naming === 'with-registry' ? reference : reference.slice(reference.indexOf('/') + 1)
  return prefix === undefined ? name : `${prefix}/${name}`
}

/** The name goes away again: an image that is found by it would not be pulled. */
async function push(image: string, target: string): Promise<string> {
  await docker('tag', image, target)
  try {
    const said = await docker('push', target)
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(said)?.[1]
    if (digest === undefined) throw new Error(`docker push ${target} told no digest:\n${said}`)
    return digest
  } finally {
    await docker('image', 'rm', target)
  }
}

/**
 * Makes an image that nothing else shares a layer with, so that a pull has to fetch it.
 * @param bytes its size; it cannot be compressed.
 */
export async function makeUniqueImage(bytes: number): Promise<AsyncDisposable & { readonly tag: string }> {
  const tag = `t-registry-unique:${randomBytes(6).toString('hex')}`
  const context = await mkdtemp(join(tmpdir(), 'statelab-unique-'))
  try {
    await writeFile(join(context, 'unique'), randomBytes(bytes))
    await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY unique /\n')
    await buildImage(execaRunner, { tag, context, signal: AbortSignal.timeout(60_000), progress: () => {} })
  } finally {
    await rm(context, { recursive: true, force: true })
  }
  return { tag, [Symbol.asyncDispose]: async () => void (await docker('image', 'rm', '--force', tag)) }
}

async function docker(...args: string[]): Promise<string> {
  return (await execaRunner.run('docker', args)).stdout
}
