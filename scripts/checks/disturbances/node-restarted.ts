import type { V1DaemonSet, V1Pod } from '@kubernetes/client-node'
import { nodesOfRole } from '../../cluster/nodes-port.ts'
import { describePod } from '../../kube/describe.ts'
import { isReady } from '../../kube/ready.ts'
import { startWatching, type Watching } from '../../kube/watching.ts'
import { orWhenTimedOut } from '../../wait/deadline.ts'
import { type CheckContext, type Finding, say, unmet } from '../check.ts'
import { conclude, type Fact, fact, kubectl } from '../facts.ts'
import { refOf } from '../kinds.ts'
import { nodeOn, RETURN_MS } from '../node-power.ts'
import { restoring } from '../restoring.ts'
import type { Disturbance } from '../survives.ts'

/**
 * A node loses its power and gets it back; the Pod that a DaemonSet has there runs again, in a new container. The node is
 * switched on again also when this is interrupted. A lab that does this is `exclusive`.
 * @param role which node; with several of a role, the first.
 */
export function nodeRestarted(role: 'worker', { daemonSet }: { readonly daemonSet: string }): Disturbance {
  return {
    id: `node-restarted/${role}`,
    title: { en: `the ${role} node was switched off and on`, zh: `${role} 节点断电又恢复` },
    async run(context) {
      const { kube, nodes, namespace, signal } = context
      const node = (await nodesOfRole(nodes, role, signal)).find(({ running }) => running)?.name
      const set = await kube.get<V1DaemonSet>(refOf('DaemonSet', daemonSet, namespace), signal)
      await using watching = await startWatching<V1Pod>(kube, { apiVersion: 'v1', kind: 'Pod', namespace }, signal)
      const agentOn = (pods: readonly V1Pod[]): V1Pod | undefined =>
        pods.find(
          ({ spec, metadata }) =>
            spec?.nodeName === node && metadata?.ownerReferences?.some(({ uid }) => uid === set?.metadata?.uid),
        )
      const before = agentOn(watching.objects)
      if (!node || !before || !isReady(before)) {
        return unmet(
          say(context, {
            en: `no ${role} node was switched off: DaemonSet ${daemonSet} has no ready Pod there`,
            zh: `没有关闭 ${role} 节点：DaemonSet ${daemonSet} 在上面没有就绪的 Pod`,
          }),
        )
      }
      const work = async (): Promise<Finding> => {
        await nodes.stop(node, signal)
        const off = await powerFact(context, node)
        await nodes.start(node, signal)
        const after = await untilReturned(context, watching, agentOn, containerOf(before))
        return conclude(context, say(context, { en: `node ${node}`, zh: `节点 ${node}` }), [
          off,
          agentFact(context, before, after),
        ])
      }
      return await restoring(work, (within) => nodeOn({ ...context, signal: within }, node), RETURN_MS)
    },
  }
}

async function powerFact(context: CheckContext, node: string): Promise<Fact> {
  const running = (await context.nodes.list(context.signal)).find(({ name }) => name === node)?.running
  const [off, on] = [say(context, { en: 'switched off', zh: '已断电' }), say(context, { en: 'still running', zh: '仍在运行' })]
  return fact(off, running ? on : off, context.nodes.powerCommand(node, 'stop'))
}

/** @returns the Pod of the node with a container of its own, or as it was seen last. */
async function untilReturned(
  context: CheckContext,
  watching: Watching<V1Pod>,
  agentOn: (pods: readonly V1Pod[]) => V1Pod | undefined,
  old: string | undefined,
): Promise<V1Pod | undefined> {
  const { signal, progress } = context
  return orWhenTimedOut(
    watching.until(
      (pods) => {
        const pod = agentOn(pods)
        const returned = pod && isReady(pod) && containerOf(pod) !== old
        const seen = pod ? `${pod.metadata?.name} ${say(context, describePod(pod))}` : '-'
        return returned
          ? { value: pod, seen }
          : { seen: containerOf(pod) === old ? say(context, { en: 'no news of the node', zh: '节点还没有消息' }) : seen }
      },
      {
        what: say(context, { en: 'the agent runs again', zh: 'agent 重新运行' }),
        timeoutMs: RETURN_MS,
        signal,
        onSeen: progress,
      },
    ),
    () => agentOn(watching.objects),
  )
}

function agentFact(context: CheckContext, before: V1Pod, after: V1Pod | undefined): Fact {
  const name = after?.metadata?.name ?? before.metadata?.name ?? ''
  const other = say(context, { en: `a container other than ${containerOf(before)}`, zh: `不同于 ${containerOf(before)} 的容器` })
  const container = containerOf(after) ?? '-'
  const path = 'jsonpath={.status.containerStatuses[0].containerID}'
  const holds = after !== undefined && isReady(after) && container !== containerOf(before)
  return fact(other, container, kubectl(context, 'get', 'pod', name, '-o', path), holds)
}

function containerOf(pod: V1Pod | undefined): string | undefined {
  return pod?.status?.containerStatuses?.[0]?.containerID?.replace(/^(\w+:\/\/\w{12})\w*$/, '$1')
}
