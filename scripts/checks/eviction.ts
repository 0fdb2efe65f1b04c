import type { V1Pod } from '@kubernetes/client-node'
import { type Check, say } from './check.ts'
import { conclude, fact, kubectl } from './facts.ts'
import { readPod } from './pod.ts'

/** The taints of a node that does not answer, and of one that says it is not ready. */
const TAINTS = ['node.kubernetes.io/unreachable', 'node.kubernetes.io/not-ready'] as const

/**
 * A Pod is evicted from a node that is lost within this time after the loss was noticed. Who says nothing gets 300 s.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
 */
export function evictedWithin(name: string, seconds: number): Check {
  return {
    id: `evicted-within/${name}`,
    kind: 'observe',
    title: {
      en: `Pod ${name} is evicted from a lost node within ${seconds} s`,
      zh: `节点失联后，Pod ${name} 在 ${seconds} 秒内被驱逐`,
    },
    async run(context) {
      const pod = await readPod(context, name)
      const command = kubectl(context, 'get', 'pod', name, '-o', 'jsonpath={.spec.tolerations}')
      const atMost = say(context, { en: `at most ${seconds} s`, zh: `最多 ${seconds} 秒` })
      return conclude(
        context,
        `Pod ${name}`,
        TAINTS.map((taint) => {
          const tolerated = pod ? toleratedSeconds(pod, taint) : undefined
          const observed = !pod
            ? say(context, { en: 'no such Pod', zh: '没有这个 Pod' })
            : tolerated === Number.POSITIVE_INFINITY
              ? say(context, { en: 'for ever', zh: '永远' })
              : `${tolerated} s`
          return fact(`${taint}: ${atMost}`, `${taint}: ${observed}`, command, tolerated !== undefined && tolerated <= seconds)
        }),
      )
    },
  }
}

/** How long a Pod stays on a node with this taint, in seconds. */
export function toleratedSeconds({ spec }: V1Pod, taint: (typeof TAINTS)[number] = TAINTS[0]): number {
  const matching = (spec?.tolerations ?? []).filter(
    ({ key, effect }) => (key === taint || key === undefined) && (effect === undefined || effect === 'NoExecute'),
  )
  // As the taint manager has it: the shortest of those that match.
  const seconds = matching.map(({ tolerationSeconds }) => tolerationSeconds ?? Number.POSITIVE_INFINITY)
  return seconds.length === 0 ? 0 : Math.min(...seconds)
}
