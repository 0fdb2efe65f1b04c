import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { PROJECT } from '../../scripts/commands/project.ts'
import { stateFolder } from '../../scripts/environment.ts'
import { bakeNode } from '../../scripts/images/build/bake-node.ts'
import { contentKey } from '../../scripts/images/build/content-key.ts'
import { inspectImage } from '../../scripts/images/build/docker.ts'
import { type ImageLock, loadImageLock, readImageLock } from '../../scripts/images/lock.ts'
import { resolvePlan } from '../../scripts/images/packages/plan.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { buildFixture } from './build-fixture.ts'
import type { OfficialImages } from './fill-registry.ts'

const LOCK = join(PROJECT.root, 'manifests', 'images.lock.yaml')

/**
 * What the world has to offer, each thing played by what `packages` built of it. The node has the images of Kubernetes
 * itself in it, as the official one, and those of no lab.
 */
export async function officialImages(
  signal: AbortSignal,
): Promise<{ readonly images: OfficialImages /** The folder with the kind program. */; readonly programs: string }> {
  const lock = await loadImageLock(LOCK)
  const cacheFolder = join(stateFolder(), 'cache')
  const { tags, goFolder } = await resolvePlan({ root: PROJECT.root, cacheFolder, lock })
  const built = (id: string): string => {
    const tag = tags.get(id)
    if (tag === undefined) throw new Error(`the packages source has not built ${id}`)
    return tag
  }
  const node = await officialNode(lock, built, { cacheFolder, signal })
  const images = new Map([
    [node, nodeReference(lock)],
    [`${built('debian')}-rootfs`, lock.debian.image.reference],
    ...lock.images.flatMap(({ context, upstream }) => (upstream ? [[built(context), upstream.reference] as const] : [])),
  ])
  return { images, programs: goFolder }
}

async function officialNode(
  lock: ImageLock,
  built: (id: string) => string,
  { cacheFolder, signal }: { cacheFolder: string; signal: AbortSignal },
): Promise<string> {
  const base = await buildFixture('official-node', { NODE: built('node'), KUBE: built('kube') }, signal)
  const inNode = lock.images.filter(({ upstream }) => upstream === undefined)
  const images = new Map(inNode.map(({ context, references }) => [built(context), references]))
  const tag = `${base}-${await contentKey(PROJECT.root, { inputs: [JSON.stringify([...images])] })}`
  if (!(await inspectImage(execaRunner, tag, signal))) {
    await bakeNode(execaRunner, { base, tag, images, labels: {}, cacheFolder, signal, progress: () => {} })
  }
  return tag
}

/**
 * Writes a lock file: the project's own, with the digests that a test's registry gave the images.
 * @param host of another registry that the images are pulled from: `127.0.0.1:5000`. Default: where they are officially.
 */
export async function writeLockFile(
  file: string,
  digests: ReadonlyMap<string, string>,
  { registry }: { readonly registry?: string } = {},
): Promise<void> {
  const lock = await readImageLock(LOCK)
  const pin = (reference: string): { reference: string; digest: string } => {
    const digest = digests.get(reference)
    if (digest === undefined) throw new Error(`the registry was not given ${reference}`)
    return { reference: registry === undefined ? reference : reference.replace(/^[^/]+/, registry), digest }
  }
  const changed: ImageLock = {
    ...lock,
    debian: { ...lock.debian, image: pin(lock.debian.image.reference) },
    node: pin(nodeReference(lock)),
    images: lock.images.map((image) => (image.upstream ? { ...image, upstream: pin(image.upstream.reference) } : image)),
  }
  await writeFile(file, stringify(changed))
}

/** What `packages` builds is of another version than the official node that is locked. */
function nodeReference({ node, kubernetes }: ImageLock): string {
  return node.reference.replace(/[^:]+$/, kubernetes.default)
}
