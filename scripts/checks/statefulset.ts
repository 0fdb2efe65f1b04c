import type { V1EndpointSlice, V1Pod, V1Service, V1StatefulSet } from '@kubernetes/client-node'
import { explainPod } from '../kube/explain.ts'
import { isReady } from '../kube/ready.ts'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { readPod } from './pod.ts'

/** A StatefulSet asks for so many Pods, and so many are ready, all made from its present template. */
export function statefulSetReady(name: string, { replicas }: { readonly replicas: number }): Check {
  return {
    id: `statefulset-ready/${name}`,
    kind: 'observe',
    title: { en: `StatefulSet ${name} has ${replicas} ready Pods`, zh: `StatefulSet ${name} 有 ${replicas} 个就绪的 Pod` },
    async run(context) {
      const set = await readStatefulSet(context, name)
      const command = kubectl(context, 'get', 'statefulset', name)
      if (!set)
        return conclude(context, `StatefulSet ${name}`, [
          fact(
            say(context, { en: 'a StatefulSet of this name', zh: '有这个名字的 StatefulSet' }),
            say(context, { en: 'none', zh: '没有' }),
            command,
          ),
        ])
      const { status } = set
      const asked = set.spec?.replicas ?? 1
      const askedFor = (count: number): string => say(context, { en: `${count} replicas asked for`, zh: `要求 ${count} 个副本` })
      const isReady = (count: number): string => say(context, { en: `${count} ready`, zh: `${count} 个就绪` })
      const facts = [fact(askedFor(replicas), askedFor(asked), command)]
      if (asked === replicas) {
        // Until the controller has seen the latest change, its counts are those of the template before.
        const current =
          status?.observedGeneration === set.metadata?.generation && status?.currentRevision === status?.updateRevision
        const ready = current ? (status?.readyReplicas ?? 0) : 0
        const why =
          ready === replicas
            ? ''
            : ` (${current ? await firstUnready(context, name, replicas) : say(context, { en: 'an update is under way', zh: '更新正在进行' })})`
        facts.push(fact(isReady(replicas), `${isReady(ready)}${why}`, kubectl(context, 'get', 'pods'), ready === replicas))
      }
      return conclude(context, `StatefulSet ${name}`, facts)
    },
  }
}

/**
 * A Service is headless, governs the StatefulSet (its `serviceName`), and lists the StatefulSet's ready Pods: then each
 * Pod has the name `pod.service`.
 */
export function headlessService(name: string, { governs }: { readonly governs: string }): Check {
  return {
    id: `headless-service/${name}`,
    kind: 'observe',
    title: {
      en: `Service ${name} is headless and names the Pods of StatefulSet ${governs}`,
      zh: `Service ${name} 是 Headless Service，为 StatefulSet ${governs} 的 Pod 提供域名`,
    },
    async run(context) {
      const service = await context.kube.get<V1Service>(refOf('Service', name, context.namespace), context.signal)
      const command = kubectl(context, 'get', 'service', name)
      if (!service)
        return conclude(context, `Service ${name}`, [
          fact(
            say(context, { en: 'a Service of this name', zh: '有这个名字的 Service' }),
            say(context, { en: 'none', zh: '没有' }),
            command,
          ),
        ])
      const set = await readStatefulSet(context, governs)
      const serviceName = (service: string): string =>
        say(context, {
          en: `serviceName ${service} in StatefulSet ${governs}`,
          zh: `StatefulSet ${governs} 的 serviceName 是 ${service}`,
        })
      const setCommand = kubectl(context, 'get', 'statefulset', governs, '-o', 'jsonpath={.spec.serviceName}')
      return conclude(context, `Service ${name}`, [
        fact('clusterIP None', `clusterIP ${service.spec?.clusterIP ?? say(context, { en: 'absent', zh: '缺失' })}`, command),
        fact(serviceName(name), serviceName(set?.spec?.serviceName ?? say(context, { en: 'absent', zh: '缺失' })), setCommand),
        await endpointsFact(context, name, set),
      ])
    },
  }
}

async function endpointsFact(context: CheckContext, service: string, set: V1StatefulSet | undefined): Promise<Fact> {
  const { kube, namespace, signal } = context
  const query = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    namespace,
    labelSelector: `kubernetes.io/service-name=${service}`,
  }
  const [slices, pods] = await Promise.all([
    kube.list<V1EndpointSlice>(query, signal),
    kube.list<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace }, signal),
  ])
  const listed = new Set(slices.flatMap(({ endpoints }) => endpoints ?? []).flatMap(({ targetRef }) => targetRef?.uid ?? []))
  const owned = pods.filter(
    (pod) => isReady(pod) && set && pod.metadata?.ownerReferences?.some(({ uid }) => uid === set.metadata?.uid),
  )
  const missing = owned.filter(({ metadata }) => !listed.has(metadata?.uid ?? '')).map(({ metadata }) => metadata?.name)
  const command = kubectl(context, 'get', 'endpointslices', '-l', `kubernetes.io/service-name=${service}`)
  const observed =
    owned.length === 0
      ? say(context, { en: 'no ready Pods', zh: '没有就绪的 Pod' })
      : missing.length === 0
        ? say(context, { en: `lists ${owned.length} Pods`, zh: `列出了 ${owned.length} 个 Pod` })
        : say(context, { en: `does not list ${missing.join(', ')}`, zh: `没有列出 ${missing.join(', ')}` })
  return fact(
    say(context, { en: 'every ready Pod listed', zh: '列出每个就绪的 Pod' }),
    observed,
    command,
    owned.length > 0 && missing.length === 0,
  )
}

function readStatefulSet(context: CheckContext, name: string): Promise<V1StatefulSet | undefined> {
  return context.kube.get<V1StatefulSet>(refOf('StatefulSet', name, context.namespace), context.signal)
}

/** Pods are made in order, so the first that is not ready is the one that holds the others. */
async function firstUnready(context: CheckContext, set: string, replicas: number): Promise<string> {
  const { kube, namespace, signal } = context
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const name = `${set}-${ordinal}`
    const pod = await readPod(context, name)
    if (!pod || !isReady(pod)) return say(context, await explainPod(kube, { namespace, name }, signal))
  }
  return say(context, { en: 'its status is not up to date yet', zh: '它的状态还没有更新' })
}
