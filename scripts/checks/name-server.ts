import type { V1Service } from '@kubernetes/client-node'
import { orWhenTimedOut } from '../wait/deadline.ts'
import { poll } from '../wait/poll.ts'
import { type Check, type CheckContext, type Finding, say, unmet } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { outputOf } from './pod.ts'
import { restoring } from './restoring.ts'

/** A Pod that asks, and the name server that has to be the one that answers. */
export interface Asking {
  /** Its image needs `nslookup`, as `redis:alpine` and `nginx:alpine` have. */
  readonly from: string
  /** The server's address. */
  readonly server: string
}

/** One name server, and no other, gives a Pod the address of a Service. For all that is about the cluster's own, see `resolves`. */
export function serverKnows(service: string, asking: Asking): Check {
  return {
    id: `server-knows/${asking.server}/${service}`,
    kind: 'observe',
    title: {
      en: `For Pod ${asking.from}, name server ${asking.server} knows Service ${service}`,
      zh: `对 Pod ${asking.from} 来说，域名服务器 ${asking.server} 知道 Service ${service}`,
    },
    async run(context) {
      const facts = await lookUp(context, service, asking)
      return conclude(context, `${service}.${context.namespace}.svc.cluster.local`, facts)
    },
  }
}

/** A name server follows the cluster: it knows a Service that is made now. The tool makes one, and removes it again. */
export function serverKnowsNew(asking: Asking): Check {
  return {
    id: `server-knows-new/${asking.server}`,
    kind: 'probe',
    title: {
      en: `Name server ${asking.server} knows a Service that was just made`,
      zh: `域名服务器 ${asking.server} 知道刚刚创建的 Service`,
    },
    async run(context) {
      const { kube, namespace } = context
      const name = `new-${Math.random().toString(36).slice(2, 7)}`
      const ref = refOf('Service', name, namespace)
      const service: V1Service = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace },
        spec: { ports: [{ name: 'none', port: 80 }] },
      }
      const work = async (): Promise<Finding> => {
        await kube.apply([service], { namespace, signal: context.signal })
        return untilKnown(context, name, asking)
      }
      return restoring(work, (signal) => kube.delete(ref, { signal }))
    },
  }
}

/** That a name does not exist is remembered for some seconds as well. */
const KNOWN_MS = 20_000
const INTERVAL_MS = 500
/** A server that does not answer is asked again and again by nslookup itself. */
const ANSWER_S = 6

async function untilKnown(context: CheckContext, service: string, asking: Asking): Promise<Finding> {
  let last = unmet('-')
  return orWhenTimedOut(
    poll(
      async (signal) => {
        last = conclude(context, service, await lookUp({ ...context, signal }, service, asking))
        return last.met ? { value: last, seen: last.message } : { seen: last.message }
      },
      { what: service, intervalMs: INTERVAL_MS, timeoutMs: KNOWN_MS, signal: context.signal, onSeen: context.progress },
    ),
    () => last,
  )
}

async function lookUp(context: CheckContext, service: string, { from, server }: Asking): Promise<Fact[]> {
  const found = await context.kube.get<V1Service>(refOf('Service', service, context.namespace), context.signal)
  const wanted = found?.spec?.clusterIP ?? say(context, { en: `the IP of Service ${service}`, zh: `Service ${service} 的 IP` })
  const program = ['timeout', String(ANSWER_S), 'nslookup', '-type=a', `${service}.${context.namespace}.svc.cluster.local.`]
  const { answered, text } = await outputOf(context, from, ['sh', '-c', '"$@" 2>&1; true', 'sh', ...program])
  const shows = kubectl(context, 'exec', from, '--', ...program.slice(2))
  if (!answered) return [fact(wanted, text, shows, false)]
  const { asked, address, reason } = parse(text)
  const by = (name: string): string => say(context, { en: `asked ${name}`, zh: `询问的是 ${name}` })
  const silent = say(context, { en: `no answer within ${ANSWER_S} s`, zh: `${ANSWER_S} 秒内没有回答` })
  // Which server a Pod asks, its resolv.conf says, whether or not that one answers.
  const configured = asked ?? (await outputOf(context, from, ['sed', '-n', 's/^nameserver *//p', '/etc/resolv.conf'])).text
  return [
    fact(by(server), by(configured), kubectl(context, 'exec', from, '--', 'cat', '/etc/resolv.conf')),
    fact(wanted, address ?? (reason || silent), shows, found !== undefined && address === wanted),
  ]
}

/** nslookup names the server first, then `Name:` and `Address:`; or it says why there is none, in its last line. */
function parse(output: string): { readonly asked?: string; readonly address?: string; readonly reason: string } {
  const asked = /^Server:\s*(\S+)/m.exec(output)?.[1]
  const address = /^Name:.*\n(?:Address(?: \d+)?:\s*)(\d+\.\d+\.\d+\.\d+)/m.exec(output)?.[1]
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !/^(Server|Address|Name)/.test(line))
  return { ...(asked !== undefined && { asked }), ...(address !== undefined && { address }), reason: lines.at(-1)?.trim() ?? '' }
}
