import type { V1Pod, V1StatefulSet } from '@kubernetes/client-node'
import { readyCondition } from '../kube/ready.ts'
import { type Check, type CheckContext, type Finding, say, undisturbed } from './check.ts'
import { scaled } from './disturbances/scaled.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { readPod } from './pod.ts'
import { statefulSetReady } from './statefulset.ts'

/**
 * A StatefulSet makes each Pod only once the one before is ready. The Pods' own timestamps prove it where they are at
 * least a second apart; otherwise it is scaled to nothing and back, and watched.
 */
export function madeInOrder(name: string): Check {
  return {
    id: `made-in-order/${name}`,
    kind: 'probe',
    title: {
      en: `StatefulSet ${name} makes each Pod only once the one before is ready`,
      zh: `StatefulSet ${name} 等前一个 Pod 就绪才创建下一个`,
    },
    async run(context) {
      const set = await readSet(context, name)
      const ready = await statefulSetReady(name, { replicas: set?.spec?.replicas ?? 1 }).run(context)
      if (set && ready.met) {
        const finding = await scaled(name, [0]).run(context)
        const policy = conclude(context, `StatefulSet ${name}`, [policyFact(context, name, set)])
        const message = policy.met ? finding.message : `${policy.message}; ${finding.message}`
        return { met: finding.met && policy.met, message, evidence: [...policy.evidence, ...finding.evidence] }
      }
      return undisturbed(context, ready.message, ...ready.evidence)
    },
    proven: (context) => byTimestamps(context, name),
  }
}

/** Of a set that does not wait, one Pod may happen to be ready before the next is made. */
function policyFact(context: CheckContext, name: string, set: V1StatefulSet): Fact {
  const command = kubectl(context, 'get', 'statefulset', name, '-o', 'jsonpath={.spec.podManagementPolicy}')
  return fact(
    'podManagementPolicy OrderedReady',
    `podManagementPolicy ${set.spec?.podManagementPolicy ?? 'OrderedReady'}`,
    command,
  )
}

async function byTimestamps(context: CheckContext, name: string): Promise<Finding | undefined> {
  const set = await readSet(context, name)
  const replicas = set?.spec?.replicas ?? 1
  // Without the policy the timestamps of Pods that were made again one by one would look the same.
  if (!set || replicas < 2 || set.spec?.podManagementPolicy === 'Parallel') return undefined
  const start = set.spec?.ordinals?.start ?? 0
  const names = Array.from({ length: replicas }, (_, index) => `${name}-${start + index}`)
  const pods = await Promise.all(names.map((pod) => readPod(context, pod)))
  const facts: Fact[] = [policyFact(context, name, set)]
  for (const [index, pod] of pods.entries()) {
    const before = pods[index - 1]
    if (index === 0) continue
    const { status, lastTransitionTime: ready } = readyCondition(before) ?? {}
    const created = pod?.metadata?.creationTimestamp
    // Timestamps are whole seconds: the same one says nothing about the order.
    if (!before || status !== 'True' || !ready || !created || created.getTime() <= ready.getTime()) return undefined
    facts.push(orderFact(context, before, ready, pod, created))
  }
  return conclude(context, `StatefulSet ${name}`, facts)
}

function orderFact(context: CheckContext, before: V1Pod, ready: Date, pod: V1Pod, created: Date): Fact {
  const [first, second] = [before.metadata?.name, pod.metadata?.name]
  return fact(
    say(context, { en: `${second} created after ${first} was ready`, zh: `${first} 就绪之后才创建 ${second}` }),
    say(context, {
      en: `${first} ready ${clock(ready)}, ${second} created ${clock(created)}`,
      zh: `${first} 就绪 ${clock(ready)}，${second} 创建 ${clock(created)}`,
    }),
    kubectl(
      context,
      'get',
      'pods',
      '-o',
      'custom-columns=NAME:.metadata.name,CREATED:.metadata.creationTimestamp,READY:.status.conditions[?(@.type=="Ready")].lastTransitionTime',
    ),
    true,
  )
}

function clock(date: Date): string {
  return date.toISOString().slice(11, 19)
}

function readSet({ kube, namespace, signal }: CheckContext, name: string): Promise<V1StatefulSet | undefined> {
  return kube.get<V1StatefulSet>(refOf('StatefulSet', name, namespace), signal)
}
