import { messageOf, prerequisiteMissing } from '../../errors.ts'
import type { CommandRunner } from '../../process/command-runner.ts'
import { inspectImage } from '../build/docker.ts'
import type { ImageSource, Provision } from '../source.ts'
import { bundleOfProject, type OpenBundle } from './bundle-files.ts'
import { type BundleJson, type Machine, whyUnusable } from './bundle-json.ts'
import { type LoadedBundle, rememberedBundles } from './bundle-store.ts'
import { areImported } from './import-images.ts'
import { loadBundle } from './load-bundle.ts'

export interface BundleSourceOptions {
  readonly runner: CommandRunner
  /** The project's folder: a project that was unpacked from a bundle has one in it. */
  readonly root: string
  /** Where it is remembered what was loaded. */
  readonly cacheFolder: string
  readonly machine: Machine
}

const NONE = 'there is no bundle here'
const FIX = 'statelab bundle load FILE'

/** Takes everything from an offline bundle, the one that the project was unpacked from or one that was loaded. */
export function createBundleSource({ runner, root, cacheFolder, machine }: BundleSourceOptions): ImageSource {
  async function look(signal: AbortSignal): Promise<Found> {
    const [project, remembered] = await Promise.all([bundleOfProject(root), rememberedBundles(cacheFolder)])
    const all = [...(project ? [project.bundle] : []), ...remembered.map(({ bundle }) => bundle)]
    const fitting = all.filter((bundle) => whyUnusable(bundle, machine) === undefined)
    const [first] = all
    if (first === undefined) return { why: NONE }
    if (fitting.length === 0) return { why: `a bundle is here, but ${whyUnusable(first, machine)}` }
    for (const loaded of remembered.filter(({ bundle }) => fitting.includes(bundle))) {
      // A Docker that does not answer yet may well have them.
      const isThere = await areImported(runner, loaded.images, signal).catch(() => undefined)
      if (isThere !== false) return { loaded, isThere: isThere === true, bundle: loaded.bundle }
    }
    if (project && fitting.includes(project.bundle)) return { project, bundle: project.bundle }
    return { why: 'the images of the bundle that was loaded are not in Docker any more' }
  }

  return {
    name: 'bundle',

    async probe(signal) {
      try {
        const found = await look(signal)
        if (found.bundle === undefined)
          return { usable: false, why: found.why, fix: FIX, ...(found.why === NONE && { unset: true }) }
        if ('project' in found) return { usable: true, why: 'this project was unpacked from a bundle' }
        return { usable: true, why: 'a bundle was loaded', ...(found.isThere && { ready: true }) }
      } catch (error) {
        return { usable: false, why: messageOf(error) }
      }
    },

    async provide({ signal, emit, parent }) {
      const found = await look(signal)
      if (found.bundle === undefined) throw prerequisiteMissing(`image source bundle cannot be used: ${found.why}`, FIX)
      if ('loaded' in found) return provisionOf(found.loaded)
      const nested = parent === undefined ? {} : { parent }
      return provisionOf(await loadBundle(runner, found.project, { cacheFolder, machine, emit, signal, ...nested }))
    },

    async isReady(signal) {
      const found = await look(signal).catch(() => undefined)
      return found !== undefined && 'loaded' in found && found.isThere
    },

    async records(signal) {
      const { bundle } = await look(signal)
      if (bundle === undefined) return []
      const own = [bundle.provision.nodeImage, bundle.provision.nfsServerImage].map(async (reference) => {
        const image = await inspectImage(runner, reference, signal)
        const facts = image && { digest: image.id, sizeBytes: image.sizeBytes, createdAt: image.createdAt }
        return { reference, source: 'bundle' as const, ...facts, remake: FIX }
      })
      const inNodes = bundle.references.map(({ reference, digest, bytes }) => ({
        reference,
        source: 'bundle' as const,
        ...(digest !== undefined && { digest }),
        ...(bytes !== undefined && { sizeBytes: bytes }),
        remake: FIX,
      }))
      return [...(await Promise.all(own)), ...inNodes]
    },
  }
}

type Found =
  | { readonly why: string; readonly bundle?: undefined }
  | { readonly bundle: BundleJson; readonly project: OpenBundle }
  /** `isThere`: whether Docker says that it has the images. */
  | { readonly bundle: BundleJson; readonly loaded: LoadedBundle; readonly isThere: boolean }

function provisionOf({ bundle: { provision, kubernetes }, kind }: LoadedBundle): Provision {
  const { metricsServerImage, ...images } = provision
  return {
    source: 'bundle',
    ...images,
    ...(metricsServerImage !== undefined && { metricsServerImage }),
    kind,
    kubernetes,
  }
}
