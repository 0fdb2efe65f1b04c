import type { V1EndpointSlice, V1Pod, V1Service, V1StatefulSet } from '@kubernetes/client-node'
import { explainPod, isReady } from '../kube/describe.ts'
import type { Check, CheckContext } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'

/** A StatefulSet asks for so many Pods, and so many are ready, all made from its present template. */
export function statefulSetReady(name: string, { replicas }: { readonly replicas: number }): Check {
  return {
    id: `statefulset-ready/${name}`,
    kind: 'observe',
    title: `StatefulSet ${name} has ${replicas} ready Pods`,
    async run(context) {
      const set = await readStatefulSet(context, name)
      const command = kubectl(context, 'get', 'statefulset', name)
      if (!set) return conclude(`StatefulSet ${name}`, [fact('a StatefulSet of this name', 'none', command)])
      const { status } = set
      const asked = set.spec?.replicas ?? 1
      const facts = [fact(`${replicas} replicas asked for`, `${asked} replicas asked for`, command)]
      if (asked === replicas) {
        // Until the controller has seen the latest change, its counts are those of the template before.
        const current =
          status?.observedGeneration === set.metadata?.generation && status?.currentRevision === status?.updateRevision
        const ready = current ? (status?.readyReplicas ?? 0) : 0
        const why =
          ready === replicas ? '' : ` (${current ? await firstUnready(context, name, replicas) : 'an update is under way'})`
        facts.push(fact(`${replicas} ready`, `${ready} ready${why}`, kubectl(context, 'get', 'pods'), ready === replicas))
      }
      return conclude(`StatefulSet ${name}`, facts)
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
    title: `Service ${name} is headless and names the Pods of StatefulSet ${governs}`,
    async run(context) {
      const service = await context.kube.get<V1Service>(refOf('Service', name, context.namespace), context.signal)
      const command = kubectl(context, 'get', 'service', name)
      if (!service) return conclude(`Service ${name}`, [fact('a Service of this name', 'none', command)])
      const set = await readStatefulSet(context, governs)
      const setCommand = kubectl(context, 'get', 'statefulset', governs, '-o', 'jsonpath={.spec.serviceName}')
      return conclude(`Service ${name}`, [
        fact('clusterIP None', `clusterIP ${service.spec?.clusterIP ?? 'absent'}`, command),
        fact(
          `serviceName ${name} in StatefulSet ${governs}`,
          `serviceName ${set?.spec?.serviceName ?? 'absent'} in StatefulSet ${governs}`,
          setCommand,
        ),
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
      ? 'no ready Pods'
      : missing.length === 0
        ? `lists ${owned.length} Pods`
        : `does not list ${missing.join(', ')}`
  return fact('every ready Pod listed', observed, command, owned.length > 0 && missing.length === 0)
}

function readStatefulSet(context: CheckContext, name: string): Promise<V1StatefulSet | undefined> {
  return context.kube.get<V1StatefulSet>(refOf('StatefulSet', name, context.namespace), context.signal)
}

/** Pods are made in order, so the first that is not ready is the one that holds the others. */
async function firstUnready({ kube, namespace, signal }: CheckContext, set: string, replicas: number): Promise<string> {
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const seen = await explainPod(kube, { namespace, name: `${set}-${ordinal}` }, signal)
    if (!seen.endsWith(' is ready')) return seen
  }
  return 'its status is not up to date yet'
}
