import { posix } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import { isReady } from '../kube/ready.ts'
import { type Check, type CheckContext, type Finding, say, unmet } from './check.ts'
import { makePod, podFor, removePod } from './disturbances/pod-copy.ts'
import { podRecreated } from './disturbances/pod-recreated.ts'
import { lost } from './lost.ts'
import { outputOf, readPod } from './pod.ts'
import { noPodFile, podFile } from './pod-file.ts'
import { restoring } from './restoring.ts'

export interface PodDirectory {
  /** Of the directory, in the container. */
  readonly path: string
  /** Default: the first one. */
  readonly container?: string
}

/**
 * What a Pod writes into a directory is gone when the Pod is deleted and made again on the same node. It is shown with a
 * copy of the Pod, because what the Pod itself holds could not be brought back.
 */
export function endsWithPod(name: string, directory: PodDirectory): Check {
  const { path } = directory
  return {
    id: `ends-with-pod/${name}${path}`,
    kind: 'probe',
    title: {
      en: `What is in ${path} is gone with Pod ${name} (shown with a copy of it)`,
      zh: `${path} 里的内容随 Pod ${name} 一起消失（用它的副本来验证）`,
    },
    async run(context) {
      const pod = await readPod(context, name)
      if (!pod?.spec?.nodeName || !isReady(pod)) {
        return unmet(say(context, { en: `Pod ${name} is not ready`, zh: `Pod ${name} 没有就绪` }))
      }
      const copy = podFor(pod, { name: `${name}-copy`, node: pod.spec.nodeName })
      return restoring(
        () => tryCopy(context, copy, directory),
        (signal) => removeCopy({ ...context, signal }, copy, directory),
      )
    },
  }
}

const MARK = 'statelab-was-here'

async function tryCopy(context: CheckContext, copy: V1Pod, directory: PodDirectory): Promise<Finding> {
  const name = copy.metadata?.name ?? ''
  const file = { ...directory, path: posix.join(directory.path, MARK) }
  await removePod(context, name)
  const made = await makePod(context, copy)
  if (typeof made === 'string') return unmet(made)
  // Without a result of its own: `podFile` says what came of it.
  await outputOf(context, name, ['sh', '-c', `echo ${MARK} > ${file.path}`], file)
  return lost(podFile(name, { ...file, contains: MARK }), podRecreated(name), noPodFile(name, file)).run(context)
}

/** A directory that outlives the Pod would keep the mark. */
async function removeCopy(context: CheckContext, copy: V1Pod, directory: PodDirectory): Promise<void> {
  const name = copy.metadata?.name ?? ''
  await outputOf(context, name, ['rm', '-f', posix.join(directory.path, MARK)], directory)
  await removePod(context, name)
}
