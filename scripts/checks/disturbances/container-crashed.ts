import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node'
import { StatelabError } from '../../errors.ts'
import { explainPod } from '../../kube/explain.ts'
import { isReady } from '../../kube/ready.ts'
import { startWatching, type Watching } from '../../kube/watching.ts'
import { queryOf } from '../../kube/wait-for.ts'
import { orWhenTimedOut } from '../../wait/deadline.ts'
import { type CheckContext, type Finding, say, unmet } from '../check.ts'
import { conclude, type Fact, fact, kubectl } from '../facts.ts'
import { refOf } from '../kinds.ts'
import { readPod } from '../pod.ts'
import type { Disturbance } from '../survives.ts'

/** A container that crashed often is left alone for up to five minutes; after the first times it is seconds. */
const RESTART_MS = 200_000

/**
 * A container is killed and started again in the same Pod: restartCount rises, the Pod's UID stays.
 * @param options.container default: the first one.
 */
export function containerCrashed(name: string, options: { readonly container?: string } = {}): Disturbance {
  const { container } = options
  return {
    id: `container-crashed/${name}${container === undefined ? '' : `/${container}`}`,
    title: {
      en: `${container === undefined ? 'the first container' : `container ${container}`} of Pod ${name} crashed`,
      zh: `Pod ${name} 的${container === undefined ? '第一个容器' : `容器 ${container} `}崩溃`,
    },
    async run(context) {
      const pod = await readPod(context, name)
      const before = pod && statusOf(pod, container)
      if (!pod || !before?.containerID || !before.state?.running || !isReady(pod)) {
        const seen = say(context, await explainPod(context.kube, { ...context, name }, context.signal))
        return unmet(say(context, { en: `nothing was killed: ${seen}`, zh: `没有终止任何容器：${seen}` }))
      }
      await using watching = await startWatching<V1Pod>(
        context.kube,
        queryOf(refOf('Pod', name, context.namespace)),
        context.signal,
      )
      await kill(context, pod.spec?.nodeName ?? '', before.containerID)
      const after = await untilRestarted(context, watching, before)
      if (typeof after === 'string') {
        return unmet(say(context, { en: `Pod ${name} did not come back: ${after}`, zh: `Pod ${name} 没有恢复：${after}` }))
      }
      return conclude(context, crashed(context, name, before.name), [
        restarts(context, name, before, statusOf(after, before.name)),
        samePod(context, pod, after),
      ])
    },
    proven: (context) => crashedBefore(context, name, container),
  }
}

/**
 * From the node, with SIGKILL: a process 1 inside the container may ignore every signal that is sent from inside.
 * `ctr` speaks to containerd, which runs the containers of kind's nodes.
 */
async function kill({ nodes, signal }: CheckContext, node: string, containerId: string): Promise<void> {
  const command = ['ctr', '-n', 'k8s.io', 'tasks', 'kill', '-s', 'SIGKILL', containerId.replace(/^\w+:\/\//, '')]
  const { exitCode, stderr } = await nodes.run(node, command, signal)
  if (exitCode === 0) return
  throw new StatelabError('operation-failed', `cannot kill a container on ${node}: ${stderr.trim()}`, {
    fix: nodes.command(node, command),
  })
}

async function untilRestarted(
  context: CheckContext,
  watching: Watching<V1Pod>,
  before: V1ContainerStatus,
): Promise<V1Pod | string> {
  const { kube, namespace, signal, progress } = context
  let name = ''
  return orWhenTimedOut(
    watching.until(
      ([pod]) => {
        if (!pod) return { seen: say(context, { en: 'the Pod is gone', zh: 'Pod 已经没有了' }) }
        name = pod.metadata?.name ?? ''
        const now = statusOf(pod, before.name)
        if (now && now.restartCount > before.restartCount && now.state?.running && isReady(pod)) return { value: pod, seen: '' }
        return { seen: `Pod ${name} (${before.name}): ${now?.state?.waiting?.reason ?? pod.status?.phase ?? '-'}` }
      },
      {
        what: say(context, { en: `container ${before.name} runs again`, zh: `容器 ${before.name} 重新运行` }),
        timeoutMs: RESTART_MS,
        signal,
        onSeen: progress,
      },
    ),
    async () => say(context, await explainPod(kube, { namespace, name }, signal)),
  )
}

/** The learner's own crash: the container has ended once, and has been started again in the same Pod. */
async function crashedBefore(
  context: CheckContext,
  name: string,
  container: string | undefined,
): Promise<{ finding: Finding; since: Date } | undefined> {
  const pod = await readPod(context, name)
  const now = pod && statusOf(pod, container)
  const since = now?.state?.running?.startedAt
  if (!pod || !now || !since || !isReady(pod) || now.restartCount === 0 || !now.lastState?.terminated) return undefined
  const finding = conclude(context, crashed(context, name, now.name), [
    restarts(context, name, { ...now, restartCount: 0 }, now),
    fact(
      say(context, { en: 'the container ended before', zh: '容器此前结束过' }),
      `${now.lastState.terminated.reason}, exit code ${now.lastState.terminated.exitCode}`,
      kubectl(context, 'describe', 'pod', name),
      true,
    ),
  ])
  return { finding, since }
}

function statusOf(pod: V1Pod, container: string | undefined): V1ContainerStatus | undefined {
  const name = container ?? pod.spec?.containers[0]?.name
  return pod.status?.containerStatuses?.find((status) => status.name === name)
}

function crashed(context: CheckContext, pod: string, container: string): string {
  return say(context, { en: `container ${container} of Pod ${pod} crashed`, zh: `Pod ${pod} 的容器 ${container} 崩溃` })
}

function restarts(context: CheckContext, pod: string, before: V1ContainerStatus, after: V1ContainerStatus | undefined): Fact {
  const path = `jsonpath={.status.containerStatuses[?(@.name=="${before.name}")].restartCount}`
  return fact(
    `restartCount ${say(context, { en: 'above', zh: '大于' })} ${before.restartCount}`,
    `restartCount ${after?.restartCount ?? '-'}`,
    kubectl(context, 'get', 'pod', pod, '-o', path),
    (after?.restartCount ?? 0) > before.restartCount,
  )
}

function samePod(context: CheckContext, before: V1Pod, after: V1Pod): Fact {
  const name = before.metadata?.name ?? ''
  const command = kubectl(context, 'get', 'pod', name, '-o', 'jsonpath={.metadata.uid}')
  const still = say(context, { en: 'still UID', zh: 'UID 仍是' })
  return fact(`${still} ${before.metadata?.uid}`, `${still} ${after.metadata?.uid}`, command)
}
