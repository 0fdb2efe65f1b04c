import { join } from 'node:path'
import type { CommandRunner } from '../../process/command-runner.ts'
import { Skipped, type Step, type StepContext } from '../../steps/run-steps.ts'
import { bakeNode } from '../build/bake-node.ts'
import { assembleContext } from '../build/build-context.ts'
import { imagesInNodes } from '../contents.ts'
import { buildDebian } from './debian.ts'
import { buildImage, inspectImage } from '../build/docker.ts'
import { type ImageFacts, imageLabels, projectFacts } from '../oci-labels.ts'
import { buildGoPrograms } from './go-programs.ts'
import { differenceFromLock, installedPackages } from './installed-packages.ts'
import { NODE_IMAGE, type Plan, type PlanInputs, parentsOf, resolvePlan } from './plan.ts'
import { TARGETS, type Target } from './targets.ts'

/** The steps that build everything of a plan, each as soon as what it is built on is there; what exists is left alone. */
export function buildSteps(runner: CommandRunner, inputs: PlanInputs): Step[] {
  const { root, cacheFolder, lock } = inputs
  const images = join(root, 'images')
  const kubernetes = lock.kubernetesVersion

  /** A step that makes one image, unless there is one with that tag. */
  const step = (
    id: string,
    title: string,
    needs: readonly string[],
    make: (tag: string, plan: Plan, context: StepContext) => Promise<void>,
  ): Step => ({
    id: stepId(id),
    title,
    needs,
    run: async (context) => {
      const plan = await resolvePlan(inputs)
      const tag = plan.tags.get(id)
      if (tag === undefined) throw new Error(`the tag of ${id} is not known although all that it needs is built`)
      if (await inspectImage(runner, tag, context.signal)) return new Skipped('up to date')
      await make(tag, plan, context)
      const installed = await installedPackages(runner, tag, { cacheFolder, signal: context.signal })
      const difference = differenceFromLock(installed, lock.debian.packages ?? {})
      return difference === undefined ? tag : `${tag} (${difference})`
    },
  })

  const goPrograms: Step = {
    id: stepId('go-programs'),
    title: `Build Kubernetes ${kubernetes}, containerd, kind and the provisioner`,
    run: async ({ signal, progress }) => {
      const { goFolder, programs } = await resolvePlan(inputs)
      if (programs) return new Skipped('up to date')
      await buildGoPrograms(runner, {
        module: images,
        folder: goFolder,
        kubernetes,
        pinned: lock.kubernetes.default,
        signal,
        progress,
      })
      return undefined
    },
  }

  // A label that is left out would be the one of the image below.
  const labelsOf = async (facts: Omit<ImageFacts, 'source' | 'repository'>) => {
    const { version, repository } = await projectFacts(root)
    return imageLabels({ ...facts, version: facts.version ?? version, source: 'packages', repository })
  }

  const debian = step('debian', `Build Debian ${lock.debian.suite}`, [], async (tag, _plan, { signal, progress }) => {
    const labels = await labelsOf({ id: 'debian', title: 'Debian', version: lock.debian.suite })
    const context = join(images, 'debian')
    await buildDebian(runner, { tag, suite: lock.debian.suite, context, labels, cacheFolder, signal, progress })
  })

  const buildTarget = (target: Target): Step => {
    const needs = [...parentsOf(target), ...(target.programs ? ['go-programs'] : [])].map(stepId)
    return step(target.id, `Build ${target.title}`, needs, async (tag, plan, { signal, progress }) => {
      const facts = { images, manifests: join(root, 'manifests'), programs: plan.goFolder, kubernetes }
      const kindModule = await kindModuleFolder(runner, images, signal)
      const entries = target.context?.({ ...facts, kindModule }) ?? [{ from: join(images, target.id), to: '.' }]
      await using context = await assembleContext(cacheFolder, entries)
      const args = Object.fromEntries(
        Object.entries({ ...(target.base !== undefined && { BASE: target.base }), ...target.from }).map(([name, id]) => [
          name,
          plan.tags.get(id) ?? id,
        ]),
      )
      const { id, title, licences } = target
      const version = versionOf(target, lock)
      const labels = await labelsOf({ id, title, version, licences })
      await buildImage(runner, { tag, context: context.folder, args, labels, signal, progress })
    })
  }

  const bake = step(
    NODE_IMAGE,
    'Bake the node image',
    TARGETS.map(({ id }) => stepId(id)),
    async (tag, plan, { signal, progress }) => {
      const contents = new Map(
        imagesInNodes(lock, inputs.labImages).map(({ context, references }) => [plan.tags.get(context) ?? context, references]),
      )
      const labels = {
        ...(await labelsOf({ id: NODE_IMAGE, title: 'a Kubernetes node with its images', version: kubernetes })),
        'dev.statelab.kubernetes': kubernetes,
      }
      await bakeNode(runner, {
        base: plan.tags.get('node') ?? 'node',
        tag,
        images: contents,
        labels,
        cacheFolder,
        signal,
        progress,
      })
    },
  )

  return [goPrograms, debian, ...TARGETS.map(buildTarget), bake]
}

function versionOf({ id, versionOf: name, usesKind, programs }: Target, lock: PlanInputs['lock']): string | undefined {
  if (name !== undefined) return lock.debian.packages?.[name]
  if (usesKind || programs?.includes('kube')) return lock.kubernetesVersion
  return lock.images.find(({ context }) => context === id)?.version
}

const stepId = (id: string): string => `image-${id}`

/** kind's base files are read from its Go module, at the version that go.mod pins. */
async function kindModuleFolder(runner: CommandRunner, images: string, signal: AbortSignal): Promise<string> {
  return (await runner.run('go', ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kind'], { cwd: images, signal })).stdout
}
