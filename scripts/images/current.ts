import { join } from 'node:path'
import { rememberedBundles } from './bundle/bundle-store.ts'
import { loadImageLock } from './lock.ts'
import { resolvePlan as planPackages } from './packages/plan.ts'
import { resolvePlan as planRegistry } from './registry/plan.ts'

/** What this version of statelab uses, or would use, with one source or another. */
export interface Current {
  /** Tags of the local Docker. */
  readonly tags: ReadonlySet<string>
  /** Folders and files of the cache, absolute, without an ending: `KEY`, `KEY.mod` and so on belong together. */
  readonly cached: readonly string[]
}

/**
 * @param options.root the project's folder.
 * @param options.cacheFolder where built programs are kept.
 */
export async function currentImages(options: { readonly root: string; readonly cacheFolder: string }): Promise<Current> {
  const { root, cacheFolder } = options
  const lock = await loadImageLock(join(root, 'manifests', 'images.lock.yaml'))
  const [built, pulled, bundles] = await Promise.all([
    planPackages({ root, cacheFolder, lock }),
    planRegistry({ root, lock }),
    rememberedBundles(cacheFolder),
  ])
  const debian = built.tags.get('debian')
  return {
    tags: new Set([
      ...built.tags.values(),
      ...(debian === undefined ? [] : [`${debian}-rootfs`]),
      ...[...pulled.pulled.values()].map(({ tag }) => tag),
      pulled.nfsServer,
      pulled.nfsMount,
      pulled.node,
      pulled.nodeImage,
      ...bundles.flatMap(({ bundle }) => [bundle.provision.nodeImage, bundle.provision.nfsServerImage]),
    ]),
    cached: [built.goFolder, join(cacheFolder, 'kind', lock.kind.version)],
  }
}
