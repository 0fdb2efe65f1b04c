import type { ImageLock } from './lock.ts'
import { fullReference } from './image-reference.ts'

/** What the environment itself runs, by build context. Everything else in the lock file is there for labs. */
const INFRASTRUCTURE: ReadonlySet<string> = new Set([
  'nfs-provisioner',
  'node/network',
  'pause',
  'kube',
  'coredns',
  'metrics-server',
])

/**
 * The images of the lock file that go into the nodes.
 * @param labImages the references that labs name, as manifests write them; all that there are when left out.
 */
export function imagesInNodes(lock: Pick<ImageLock, 'images'>, labImages?: ReadonlySet<string>): ImageLock['images'] {
  if (!labImages) return lock.images
  const wanted = new Set([...labImages].map(fullReference))
  return lock.images.filter(
    ({ context, references }) => INFRASTRUCTURE.has(context) || references.some((reference) => wanted.has(reference)),
  )
}

/** The reference of something that the environment itself runs. */
export function infrastructureReference(lock: Pick<ImageLock, 'images'>, context: string): string {
  const reference = lock.images.find((image) => image.context === context)?.references[0]
  if (reference === undefined) throw new Error(`the image lock file has no ${context}`)
  return reference
}
