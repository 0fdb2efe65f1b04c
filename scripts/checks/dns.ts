import type { V1Pod, V1Service } from '@kubernetes/client-node'
import { orWhenTimedOut } from '../wait/deadline.ts'
import { poll } from '../wait/poll.ts'
import { type Check, type CheckContext, say } from './check.ts'
import { type Lookup, lookUp, lookUpServices, qualified } from './dns-lookup.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { readPod } from './pod.ts'
import { addressesToCome, partsOf } from './service-names.ts'

export interface NameExpectation {
  /** The Pod that asks. */
  readonly from: string
  /** `pod.service`, `service`, or either in full: `pod.service.namespace.svc.cluster.local`. */
  readonly name: string
  /** The Pods whose addresses are the answer, all of them and no others; `cluster-ip`: the Service's own address. */
  readonly to: readonly string[] | 'cluster-ip'
}

/** A name leads to these Pods, for the Pod that asks. */
export function resolves({ from, name, to }: NameExpectation): Check {
  const target = to === 'cluster-ip' ? { en: "the Service's IP", zh: 'Service 的 IP' } : { en: to.join(', '), zh: to.join('、') }
  return {
    id: `resolves/${name}`,
    kind: 'observe',
    title: { en: `In Pod ${from}, ${name} leads to ${target.en}`, zh: `在 Pod ${from} 里，${name} 解析到 ${target.zh}` },
    async run(context) {
      const wanted = to === 'cluster-ip' ? await clusterIp(context, name) : await addressesOf(context, to)
      const { lookup, toCome } = await settled(context, from, name)
      const facts = [
        fact(wanted.text, lookup.text, lookup.command, wanted.addresses.length > 0 && same(lookup.addresses, wanted.addresses)),
      ]
      return conclude(context, name, [...facts, ...behind(context, name, lookup, toCome)])
    },
  }
}

/** A name leads nowhere, though the name server answers. */
export function doesNotResolve({ from, name }: Omit<NameExpectation, 'to'>): Check {
  return {
    id: `does-not-resolve/${name}`,
    kind: 'observe',
    title: { en: `In Pod ${from}, there is no name ${name}`, zh: `在 Pod ${from} 里，${name} 解析不了` },
    async run(context) {
      const { lookup, toCome } = await settled(context, from, name)
      const nothing = say(context, { en: 'no such name', zh: '没有这个域名' })
      const facts = [fact(nothing, lookup.text, lookup.command, lookup.state === 'answered' && lookup.addresses.length === 0)]
      return conclude(context, name, [...facts, ...behind(context, name, lookup, toCome)])
    },
  }
}

/**
 * A headless Service's SRV records: one for each Pod, by its name, with the port.
 * @param options.from the Pod that asks; its image needs nslookup, as `redis:alpine` and `nginx:alpine` have.
 * @param options.port the name of the Service's port.
 */
export function srvLists(
  service: string,
  options: { readonly from: string; readonly port: string; readonly pods: readonly string[] },
): Check {
  const { from, port, pods } = options
  return {
    id: `srv-lists/${service}/${port}`,
    kind: 'observe',
    title: {
      en: `The SRV records of port ${port} of Service ${service} list ${pods.join(', ')}`,
      zh: `Service ${service} 端口 ${port} 的 SRV 记录列出了 ${pods.join('、')}`,
    },
    async run(context) {
      const { kube, namespace, signal } = context
      const found = await kube.get<V1Service>(refOf('Service', service, namespace), signal)
      const definition = found?.spec?.ports?.find(({ name }) => name === port)
      if (!definition) {
        const command = kubectl(context, 'get', 'service', service, '-o', 'jsonpath={.spec.ports[*].name}')
        const ports = found?.spec?.ports?.map(({ name }) => name ?? '-').join(', ')
        const seen = ports ?? say(context, { en: `no Service ${service}`, zh: `没有 Service ${service}` })
        return conclude(context, `Service ${service}`, [
          fact(say(context, { en: `a port named ${port}`, zh: `名为 ${port} 的端口` }), seen, command, false),
        ])
      }
      const domain = qualified(service, context)
      const name = `_${port}._${(definition.protocol ?? 'TCP').toLowerCase()}.${domain}`
      const wanted = pods.map((pod) => `${pod}.${domain}:${definition.port}`).sort()
      // The names are those of the slices: once the name server gives each Pod's address, it gives its SRV record.
      await settled(context, from, service)
      const { records, text, command } = await lookUpServices(context, from, name)
      const seen = records.map(({ target, port: at }) => `${target}:${at}`).sort()
      return conclude(context, name, [fact(wanted.join(', '), seen.join(', ') || text, command)])
    },
  }
}

/** A name server may remember an answer for 30 s; how long an observation waits for it. */
const REMEMBERED_MS = 25_000
const INTERVAL_MS = 500

interface Settled {
  readonly lookup: Lookup
  readonly toCome: readonly string[]
}

/**
 * What the name server says, once that is what Service and Pods lead to. It learns of changes a moment later, and may
 * remember its answers (also that there is no such name): to take the first one would be luck.
 */
async function settled(context: CheckContext, from: string, name: string): Promise<Settled> {
  let last: Settled | undefined
  return orWhenTimedOut(
    poll(
      async (signal) => {
        const limited = { ...context, signal }
        const lookup = await lookUp(limited, from, name)
        last = { lookup, toCome: await addressesToCome(limited, name) }
        const agreed = lookup.state === 'answered' && same(lookup.addresses, last.toCome)
        // A Pod that cannot ask has nothing more to say.
        const over = agreed || lookup.state === 'no-pod'
        return { ...(over && { value: last }), seen: `${name}: ${lookup.text}` }
      },
      {
        what: name,
        intervalMs: INTERVAL_MS,
        timeoutMs: REMEMBERED_MS,
        signal: context.signal,
        onSeen: context.progress,
      },
    ),
    (error) => last ?? Promise.reject(error),
  )
}

/** Said only when the name server still does not say what the API has. */
function behind(context: CheckContext, name: string, lookup: Lookup, toCome: readonly string[]): Fact[] {
  if (lookup.state !== 'answered' || same(lookup.addresses, toCome)) return []
  const expected = say(context, {
    en: 'the name server says what Service and Pods say',
    zh: '域名服务器的回答和 Service、Pod 一致',
  })
  const { service } = partsOf(name, context)
  const observed = say(context, {
    en: `it should be ${toCome.join(', ') || 'no such name'} (a name server may remember an answer for 30 s)`,
    zh: `应该是 ${toCome.join(', ') || '没有这个域名'}（域名服务器可能把回答缓存 30 秒）`,
  })
  return [
    fact(expected, observed, kubectl(context, 'get', 'endpointslices', '-l', `kubernetes.io/service-name=${service}`), false),
  ]
}

interface Target {
  readonly addresses: readonly string[]
  readonly text: string
}

async function addressesOf(context: CheckContext, pods: readonly string[]): Promise<Target> {
  const found = await Promise.all(pods.map((pod) => readPod(context, pod)))
  const address = (pod: V1Pod | undefined): string | undefined =>
    pod?.metadata?.deletionTimestamp ? undefined : pod?.status?.podIP
  const missing = pods.filter((_, index) => !address(found[index]))
  if (missing.length > 0) {
    const text = say(context, { en: `the address of Pod ${missing.join(', ')}`, zh: `Pod ${missing.join('、')} 的地址` })
    return { addresses: [], text }
  }
  const addresses = found.flatMap((pod) => address(pod) ?? []).sort()
  return { addresses, text: addresses.join(', ') }
}

async function clusterIp(context: CheckContext, name: string): Promise<Target> {
  const { service } = partsOf(name, context)
  const found = await context.kube.get<V1Service>(refOf('Service', service, context.namespace), context.signal)
  const address = found?.spec?.clusterIP
  if (!address || address === 'None') {
    return { addresses: [], text: say(context, { en: `the IP of Service ${service}`, zh: `Service ${service} 的 IP` }) }
  }
  return { addresses: [address], text: address }
}

function same(seen: readonly string[], wanted: readonly string[]): boolean {
  return seen.length === wanted.length && seen.every((address, index) => address === wanted[index])
}
