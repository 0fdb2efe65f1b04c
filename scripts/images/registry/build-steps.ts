import { join } from 'node:path'
import type { CommandRunner } from '../../process/command-runner.ts'
import { Skipped, type Step, type StepContext } from '../../steps/run-steps.ts'
import { bakeNode } from '../build/bake-node.ts'
import { assembleContext, type ContextEntry } from '../build/build-context.ts'
import { buildImage, inspectImage } from '../build/docker.ts'
import { nodeVersion } from '../lock.ts'
import { imageLabels } from '../oci-labels.ts'
import type { SourceName } from '../source.ts'
import type { Mirrors } from './mirrors.ts'
import type { Plan, PlanInputs } from './plan.ts'
import type { Pull } from './pull-image.ts'

export interface BuildInputs extends PlanInputs {
  readonly cacheFolder: string
  readonly source: SourceName
  readonly mirrors: Mirrors
  readonly plan: Plan
  readonly pull: Pull
}

/** The steps that pull and build everything of a plan, each as soon as it can be; what exists is left alone. */
export function buildSteps(runner: CommandRunner, inputs: BuildInputs): Step[] {
  const { root, lock, cacheFolder, source, mirrors, plan, pull } = inputs
  const images = join(root, 'images')
  const tagOf = (name: string): string => plan.pulled.get(name)?.tag ?? name
  const labels = (id: string, title: string) => imageLabels({ id, source, title })
  const archive = mirrors.debian === undefined ? {} : { DEBIAN_MIRROR: mirrors.debian }

  const unlessThere = (tag: string, make: (context: StepContext) => Promise<void>): Step['run'] =>
    async function run(context) {
      if (await inspectImage(runner, tag, context.signal)) return new Skipped('up to date')
      await make(context)
      return tag
    }

  const pulls = [...plan.pulled].map(
    ([name, { image, tag }]): Step => ({
      id: `image-pull-${name}`,
      title: `Pull ${image.reference}`,
      run: unlessThere(tag, ({ signal, progress }) => pull(image, { tag, signal, progress })),
    }),
  )

  const build = (
    id: string,
    title: string,
    tag: string,
    options: { needs: readonly string[]; args: Readonly<Record<string, string>>; entries?: readonly ContextEntry[] },
  ): Step => ({
    id: `image-${id}`,
    title: `Build ${title}`,
    needs: options.needs,
    run: unlessThere(tag, async ({ signal, progress }) => {
      await using context = await assembleContext(cacheFolder, options.entries ?? [{ from: join(images, id), to: '.' }])
      await buildImage(runner, { tag, context: context.folder, args: options.args, labels: labels(id, title), signal, progress })
    }),
  })

  return [
    ...pulls,
    build('nfs-server', 'the NFS server', plan.nfsServer, {
      needs: ['image-pull-debian'],
      args: { BASE: tagOf('debian'), ...archive },
    }),
    build('nfs-mount', 'the NFS client', plan.nfsMount, {
      needs: ['image-pull-debian'],
      args: { BASE: tagOf('debian'), ...archive },
    }),
    build('node', 'the node without the images of labs', plan.node, {
      needs: ['image-pull-node', 'image-nfs-mount'],
      args: { BASE: tagOf('node'), NFS_MOUNT: plan.nfsMount },
      entries: [
        { from: join(images, 'node-upstream', 'Dockerfile'), to: 'Dockerfile' },
        { from: join(images, 'node', 'bake'), to: 'bake' },
        { from: join(images, 'node', 'files'), to: 'files' },
        { from: join(root, 'manifests', 'kind', 'default-storage.yaml'), to: 'files/kind/manifests/default-storage.yaml' },
      ],
    }),
    {
      id: 'image-node-image',
      title: 'Bake the node image',
      needs: ['image-node', ...pulls.map(({ id }) => id)],
      run: unlessThere(plan.nodeImage, ({ signal, progress }) =>
        bakeNode(runner, {
          base: plan.node,
          tag: plan.nodeImage,
          images: plan.contents,
          labels: { ...labels('node-image', 'the node with every image inside'), 'dev.statelab.kubernetes': nodeVersion(lock) },
          cacheFolder,
          signal,
          progress,
        }),
      ),
    },
  ]
}
