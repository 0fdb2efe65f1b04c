import { join } from 'node:path'
import { contentKey } from '../build/content-key.ts'
import { imagesInNodes } from '../contents.ts'
import { type ImageLock, nodeVersion, type PinnedImage } from '../lock.ts'

export interface PlanInputs {
  /** The project's folder: images/ and manifests/ are in it. */
  readonly root: string
  readonly lock: ImageLock
  readonly labImages?: ReadonlySet<string> | undefined
}

/** What is pulled, and what is built on it. */
export interface Plan {
  /** By a short name, smallest first. */
  readonly pulled: ReadonlyMap<string, Pulled>
  /** Tags of the images that are built. */
  readonly nfsServer: string
  readonly nfsMount: string
  /** The node with the NFS client and without the images of labs. */
  readonly node: string
  readonly nodeImage: string
  /** What is baked in: tags of pulled images → the references under which nodes know them. */
  readonly contents: ReadonlyMap<string, readonly string[]>
}

export interface Pulled {
  readonly image: PinnedImage
  /** The tag that it has here. */
  readonly tag: string
}

/** Works out what everything is called, from digests and from the content of what is built: equal inputs, equal tag. */
export async function resolvePlan({ root, lock, labImages }: PlanInputs): Promise<Plan> {
  const baked = imagesInNodes(lock, labImages).flatMap(({ context, references, upstream }) =>
    upstream ? [{ name: context.replace('/', '-'), references, upstream }] : [],
  )
  const pulled = new Map(
    [
      ...baked.toReversed().map(({ name, upstream }) => [name, upstream] as const),
      ['debian', lock.debian.image] as const,
      ['node', lock.node] as const,
    ].map(([name, image]) => [name, { image, tag: `statelab/upstream-${name}:${short(image.digest)}` }]),
  )

  const images = join(root, 'images')
  const key = (patterns: string[], inputs: readonly string[]) =>
    contentKey(images, { patterns, exclude: ['**/build/**'], inputs })
  const { debian, node } = { debian: lock.debian.image.digest, node: lock.node.digest }
  const nfsServer = `statelab/nfs-server:${await key(['nfs-server/**'], [debian])}`
  const nfsMount = `statelab/nfs-mount:${await key(['nfs-mount/**'], [debian])}`
  const storage = await contentKey(join(root, 'manifests'), { patterns: ['kind/default-storage.yaml'] })
  const nodeFiles = ['node-upstream/**', 'node/bake', 'node/files/**']
  const base = `statelab/node:${await key(nodeFiles, [node, nfsMount, storage])}`
  const contents = new Map(baked.map(({ name, references }) => [pulled.get(name)?.tag ?? name, references]))
  const nodeKey = await key([], [base, JSON.stringify([...contents])])
  return { pulled, nfsServer, nfsMount, node: base, nodeImage: `statelab/node-image:${nodeVersion(lock)}-${nodeKey}`, contents }
}

function short(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12)
}
