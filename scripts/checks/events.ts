import { describePod, eventsAbout } from '../kube/describe.ts'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, fact, kubectl } from './facts.ts'
import { readPod } from './pod.ts'

/**
 * An event about an object of the lab's namespace says this. Events are kept for an hour only: where the object itself
 * tells as much, look at the object.
 * @param text what the event's message must say, or its reason.
 */
export function eventSays(kind: string, name: string, text: RegExp): Check {
  return {
    id: `event-says/${kind}/${name}/${text.source}`,
    kind: 'observe',
    title: { en: `An event about ${kind} ${name} says ${text}`, zh: `${kind} ${name} 的事件里有 ${text}` },
    async run(context) {
      const { kube, namespace, signal } = context
      const events = await eventsAbout(kube, { namespace, name }, kind, signal)
      const said = events.map(({ reason = '-', message = '' }) => `${reason}: ${message}`)
      const found = said.findLast((line) => text.test(line))
      return conclude(context, `${kind} ${name}`, [
        fact(
          String(text),
          found ?? said.at(-1) ?? say(context, { en: 'no event', zh: '没有事件' }),
          eventsCommand(context, kind, name),
          found !== undefined,
        ),
      ])
    },
  }
}

/**
 * No node is found for a Pod, and the scheduler says why. A Pod that has a node and waits for its volumes is not meant:
 * see `eventSays`.
 * @param options.because what the scheduler's reason must say. Default: anything.
 */
export function podPending(name: string, options: { readonly because?: RegExp } = {}): Check {
  const { because = /./ } = options
  return {
    id: `pod-pending/${name}`,
    kind: 'observe',
    title: { en: `Pod ${name} stays Pending: no node for it`, zh: `Pod ${name} 一直 Pending：没有节点可用` },
    async run(context) {
      const pod = await readPod(context, name)
      const shows = kubectl(context, 'get', 'pod', name)
      if (!pod) {
        const none = say(context, { en: 'there is no such Pod', zh: '没有这个 Pod' })
        return conclude(context, `Pod ${name}`, [fact('Pending', none, shows)])
      }
      const waiting = pod.status?.phase === 'Pending' && pod.spec?.nodeName === undefined
      const placed = pod.status?.phase === 'Pending' ? `Pending, ${pod.spec?.nodeName}` : say(context, describePod(pod))
      const seen = waiting ? 'Pending' : placed
      const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
      const reason = waiting && scheduled?.status === 'False' ? (scheduled.message ?? '') : ''
      return conclude(context, `Pod ${name}`, [
        fact('Pending', seen, shows, waiting),
        fact(
          options.because === undefined ? say(context, { en: "the scheduler's reason", zh: '调度器的理由' }) : String(because),
          reason || say(context, { en: 'no reason', zh: '没有理由' }),
          kubectl(context, 'describe', 'pod', name),
          because.test(reason),
        ),
      ])
    },
  }
}

/** The command that shows the events about one object. */
export function eventsCommand(context: CheckContext, kind: string, name: string): string {
  return kubectl(context, 'get', 'events', '--field-selector', `involvedObject.kind=${kind},involvedObject.name=${name}`)
}
