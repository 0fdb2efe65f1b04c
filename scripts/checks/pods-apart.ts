import { type Check, say } from './check.ts'
import { conclude, fact, kubectl } from './facts.ts'
import { readPod } from './pod.ts'

/** Two Pods are on different nodes: what they share is shared over the network. */
export function podsApart(first: string, second: string): Check {
  return {
    id: `pods-apart/${first}/${second}`,
    kind: 'observe',
    title: { en: `Pods ${first} and ${second} are on different nodes`, zh: `Pod ${first} 和 ${second} 在不同的节点上` },
    async run(context) {
      const [one, other] = await Promise.all([readPod(context, first), readPod(context, second)])
      const none = say(context, { en: 'no node', zh: '没有节点' })
      const nodes = [one?.spec?.nodeName, other?.spec?.nodeName]
      const apart = nodes.every((node) => node !== undefined) && nodes[0] !== nodes[1]
      return conclude(context, `Pods ${first}, ${second}`, [
        fact(
          say(context, { en: 'two nodes', zh: '两个节点' }),
          nodes.map((node) => node ?? none).join(', '),
          kubectl(context, 'get', 'pods', first, second, '-o', 'wide'),
          apart,
        ),
      ])
    },
  }
}
