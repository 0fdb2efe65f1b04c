import { join } from 'node:path'
import { imagesInNodes } from '../contents.ts'
import type { ImageLock } from '../lock.ts'
import { contentKey } from '../build/content-key.ts'
import { readGoPrograms } from './go-programs.ts'
import { TARGETS, type Target } from './targets.ts'

export interface PlanInputs {
  /** The project's folder: images/ and manifests/ are in it. */
  readonly root: string
  readonly cacheFolder: string
  readonly lock: ImageLock & { readonly kubernetesVersion: string }
  /** Debian's archive, when it is not the one that mmdebstrap takes by itself. It changes no tag: packages are signed. */
  readonly debianMirror?: string | undefined
  /** The references that labs name; every image of the lock file goes into the nodes when left out. */
  readonly labImages?: ReadonlySet<string> | undefined
}

/** What everything that is built is called, as far as what goes into it is known yet. */
export interface Plan {
  /** Where the Go programs are, or will be. */
  readonly goFolder: string
  /** Their checksums, once they are built. */
  readonly programs: Readonly<Record<string, string>> | undefined
  /** Target id → tag. A target that needs a program has a tag once the program is built. */
  readonly tags: ReadonlyMap<string, string>
}

/** The id of the finished node image in a plan. */
export const NODE_IMAGE = 'node-image'

/** Works out the tag of every target from the content of what goes into it: equal inputs, equal tag. */
export async function resolvePlan({ root, cacheFolder, lock, labImages }: PlanInputs): Promise<Plan> {
  const images = join(root, 'images')
  const kubernetes = lock.kubernetesVersion
  const module = { patterns: ['go.mod', 'go.sum', '**/*.go'], exclude: ['**/*_test.go'], inputs: [kubernetes] }
  const goFolder = join(cacheFolder, 'go', await contentKey(images, module))
  const programs = await readGoPrograms(goFolder)

  const tags = new Map<string, string>()
  tags.set('debian', `statelab/debian:${await contentKey(images, { patterns: ['debian/**'], inputs: [lock.debian.suite] })}`)
  for (const target of TARGETS) {
    const parents = parentsOf(target).map((id) => tags.get(id))
    const inputs = [
      ...parents,
      ...(target.programs ?? []).map((name) => programs?.[name]),
      ...(target.usesKind ? [lock.kind.version] : []),
    ]
    if (!allKnown(inputs)) continue
    const manifests = await contentKey(join(root, 'manifests'), { patterns: [...(target.manifests ?? [])] })
    // Go files of a context act through the programs, whose checksums are among the inputs already.
    const files = { patterns: [...(target.files ?? [`${target.id}/**`])], exclude: ['**/*.go', '**/build/**'] }
    const key = await contentKey(images, { ...files, inputs: [...inputs, manifests, target.manifests ? kubernetes : ''] })
    tags.set(target.id, `statelab/${target.id.replace('/', '-')}:${key}`)
  }
  const contents = imagesInNodes(lock, labImages).map(({ context, references }) => ({ tag: tags.get(context), references }))
  const node = tags.get('node')
  if (node !== undefined && contents.every(({ tag }) => tag !== undefined)) {
    const key = await contentKey(images, { inputs: [node, JSON.stringify(contents)] })
    tags.set(NODE_IMAGE, `statelab/${NODE_IMAGE}:${kubernetes}-${key}`)
  }
  return { goFolder, programs, tags }
}

/** The ids of the images that a target is built on. */
export function parentsOf(target: Target): string[] {
  return [...(target.base === undefined ? [] : [target.base]), ...Object.values(target.from ?? {})]
}

function allKnown(values: readonly (string | undefined)[]): values is readonly string[] {
  return !values.includes(undefined)
}
