import type { V1DaemonSet, V1Node, V1Pod } from '@kubernetes/client-node'
import { describePod } from '../kube/describe.ts'
import { isReady } from '../kube/ready.ts'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'

/** A DaemonSet has one ready Pod on every node, made from its present template. */
export function daemonSetReady(name: string): Check {
  return {
    id: `daemonset-ready/${name}`,
    kind: 'observe',
    title: { en: `DaemonSet ${name} has a ready Pod on every node`, zh: `DaemonSet ${name} 在每个节点上都有一个就绪的 Pod` },
    async run(context) {
      const subject = `DaemonSet ${name}`
      const set = await context.kube.get<V1DaemonSet>(refOf('DaemonSet', name, context.namespace), context.signal)
      if (!set) {
        const none = say(context, { en: 'none', zh: '没有' })
        const wanted = say(context, { en: 'a DaemonSet of this name', zh: '有这个名字的 DaemonSet' })
        return conclude(context, subject, [fact(wanted, none, kubectl(context, 'get', 'daemonset', name))])
      }
      const [nodes, pods] = await Promise.all([nodesOf(context), podsOf(context, set.metadata?.uid)])
      const { updatedNumberScheduled = 0, observedGeneration } = set.status ?? {}
      const current = observedGeneration === set.metadata?.generation ? updatedNumberScheduled : 0
      const updated = (count: number): string =>
        say(context, { en: `${count} Pods of the newest template`, zh: `${count} 个 Pod 使用最新的模板` })
      return conclude(context, subject, [
        ...nodes.map((node) => onNode(context, node, pods)),
        fact(updated(nodes.length), updated(current), kubectl(context, 'get', 'daemonset', name)),
      ])
    },
  }
}

/** The names of all nodes, sorted; one that is off is a node all the same. */
export async function nodesOf({ kube, signal }: CheckContext): Promise<string[]> {
  const nodes = await kube.list<V1Node>({ apiVersion: 'v1', kind: 'Node' }, signal)
  return nodes.map(({ metadata }) => metadata?.name ?? '').sort()
}

/** The Pods that a controller has made. */
export async function podsOf({ kube, namespace, signal }: CheckContext, owner: string | undefined): Promise<V1Pod[]> {
  const pods = await kube.list<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace }, signal)
  return pods.filter(({ metadata }) => metadata?.ownerReferences?.some(({ uid }) => owner !== undefined && uid === owner))
}

function onNode(context: CheckContext, node: string, pods: readonly V1Pod[]): Fact {
  const own = pods.filter(({ spec }) => spec?.nodeName === node)
  const seen =
    own.map((pod) => `${pod.metadata?.name} ${say(context, describePod(pod))}`).join(', ') ||
    say(context, { en: 'none', zh: '没有' })
  const on = (what: string): string => say(context, { en: `on ${node}: ${what}`, zh: `${node} 上：${what}` })
  const command = kubectl(context, 'get', 'pods', '-o', 'wide', '--field-selector', `spec.nodeName=${node}`)
  const holds = own.some(isReady)
  return fact(on(say(context, { en: 'a ready Pod', zh: '一个就绪的 Pod' })), on(seen), command, holds)
}
