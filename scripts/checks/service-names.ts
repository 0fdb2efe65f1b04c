import type { V1EndpointSlice, V1Pod, V1Service } from '@kubernetes/client-node'
import { isReady } from '../kube/ready.ts'
import type { CheckContext } from './check.ts'
import { refOf } from './kinds.ts'

/** A name of the lab's namespace, taken apart. */
export interface ServiceName {
  readonly service: string
  /** The Pod's host name in front of it. */
  readonly host?: string
}

/** @param name `service`, `pod.service`, or either with `.<namespace>.svc.cluster.local` behind it. */
export function partsOf(name: string, { namespace }: Pick<CheckContext, 'namespace'>): ServiceName {
  const labels = name.replace(new RegExp(`(\\.${namespace}(\\.svc(\\.cluster\\.local)?)?)?\\.?$`), '').split('.')
  const [first = '', second] = labels
  return second === undefined ? { service: first } : { service: second, host: first }
}

/**
 * The addresses that the cluster's name server will come to give for a name, from what Service and Pods say: a Service's
 * IP; without one, the addresses of the ready Pods that it selects; and `pod.service` for a Pod that names the Service as
 * its subdomain, which for a StatefulSet's Pods is its `serviceName`. Rules: *DNS for Services and Pods* in the
 * Kubernetes documentation, which promises `pod.service` for headless Services only; CoreDNS gives it for all. Between the two are the EndpointSlices and the name server, each a moment behind.
 * @returns sorted; none when there is to be no such name.
 */
export async function addressesToCome(context: CheckContext, name: string): Promise<string[]> {
  const { kube, namespace, signal } = context
  const { service, host } = partsOf(name, context)
  const found = await kube.get<V1Service>(refOf('Service', service, namespace), signal)
  if (!found) return []
  const { clusterIP, selector, publishNotReadyAddresses = false } = found.spec ?? {}
  if (clusterIP && clusterIP !== 'None' && host === undefined) return [clusterIP]
  if (!selector) return addressesOfSlices(context, service, host)
  const pods = await kube.list<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace }, signal)
  return pods
    .filter(({ metadata }) => Object.entries(selector).every(([key, value]) => metadata?.labels?.[key] === value))
    .filter((pod) => isReady(pod) || (publishNotReadyAddresses && pod.status?.podIP !== undefined))
    .filter(({ spec }) => host === undefined || (spec?.hostname === host && spec.subdomain === service))
    .flatMap(({ status }) => status?.podIP ?? [])
    .sort()
}

/** Of a Service without a selector somebody keeps the list by hand. */
async function addressesOfSlices(context: CheckContext, service: string, host: string | undefined): Promise<string[]> {
  const { kube, namespace, signal } = context
  const labelSelector = `kubernetes.io/service-name=${service}`
  const query = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace, labelSelector }
  return (await kube.list<V1EndpointSlice>(query, signal))
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions, hostname }) => conditions?.ready !== false && (host === undefined || hostname === host))
    .flatMap(({ addresses }) => addresses)
    .sort()
}
