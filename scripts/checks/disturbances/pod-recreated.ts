import type { CoreV1Event, V1Pod } from '@kubernetes/client-node'
import { eventsAbout } from '../../kube/describe.ts'
import { isReady } from '../../kube/ready.ts'
import { cleanupSignal } from '../../wait/deadline.ts'
import { type CheckContext, type Finding, say, unmet } from '../check.ts'
import { eventsCommand } from '../events.ts'
import { conclude, type Fact, fact, kubectl } from '../facts.ts'
import { readPod } from '../pod.ts'
import type { Disturbance, Disturbed } from '../survives.ts'
import { makePod, podFor, removePod } from './pod-copy.ts'

/** Longer than a Pod's usual grace of 30 s, and its start. */
const RESTORE_MS = 120_000

/**
 * A Pod without a controller is deleted and made again, as a learner does by hand. For Pods of a controller there is
 * `podDeleted`.
 * @param options.on `other`: on another node, and back again once it was looked. Default `same`.
 */
export function podRecreated(name: string, options: { readonly on?: 'same' | 'other' } = {}): Disturbance {
  const { on = 'same' } = options
  return {
    id: `pod-recreated/${name}/${on}-node`,
    title:
      on === 'same'
        ? { en: `Pod ${name} was deleted and made again on the same node`, zh: `Pod ${name} 被删除并在同一个节点上重建` }
        : { en: `Pod ${name} was deleted and made again on another node`, zh: `Pod ${name} 被删除并在另一个节点上重建` },
    async run(context) {
      const before = await readPod(context, name)
      const node = before?.spec?.nodeName
      if (!before || !node || !isReady(before)) return untouched(context, name, { en: 'it is not ready', zh: '它没有就绪' })
      if (before.metadata?.ownerReferences?.some(({ controller }) => controller)) {
        return untouched(context, name, {
          en: 'it has a controller, which would make it again by itself',
          zh: '它有控制器，控制器会自己重建它',
        })
      }
      const target = on === 'same' ? node : await otherNode(context, node)
      if (target === undefined) return untouched(context, name, { en: 'there is no other node', zh: '没有别的节点' })
      return recreate(context, before, { from: node, to: target })
    },
    // That it was on the other node and came back leaves no trace of what was to be seen there.
    ...(on === 'same' && { proven: (context: CheckContext) => recreatedBefore(context, name) }),
  }
}

async function recreate(context: CheckContext, before: V1Pod, { from, to }: { from: string; to: string }): Promise<Disturbed> {
  const name = before.metadata?.name ?? ''
  const original = podFor(before, { node: from })
  const undo = async (within: CheckContext): Promise<void> => {
    await removePod(within, name)
    await makePod(within, original)
  }
  try {
    await removePod(context, name)
    const after = await makePod(context, to === from ? original : podFor(before, { node: to, elsewhere: true }))
    if (typeof after === 'string') {
      if (to !== from) await undo({ ...context, signal: cleanupSignal(RESTORE_MS) })
      return unmet(
        say(context, {
          en: `Pod ${name} was deleted and could not be made again on ${to}: ${after}`,
          zh: `Pod ${name} 被删除后没能在 ${to} 上重建：${after}`,
        }),
      )
    }
    const finding = conclude(
      context,
      say(context, { en: `Pod ${name} was deleted and made again`, zh: `Pod ${name} 被删除并重建` }),
      [newUid(context, before, after), onNode(context, to, after)],
    )
    return to === from ? finding : { ...finding, undo }
  } catch (error) {
    // Interrupted between the two: the learner gets the Pod back all the same, and hears of the interruption.
    await restore({ ...context, signal: cleanupSignal(RESTORE_MS) }, original, undo).catch(() => undefined)
    throw error
  }
}

/** Nothing to do when the Pod was not deleted yet. */
async function restore(context: CheckContext, original: V1Pod, undo: NonNullable<Disturbed['undo']>): Promise<void> {
  const now = await readPod(context, original.metadata?.name ?? '')
  if (now && !now.metadata?.deletionTimestamp && now.spec?.nodeName === original.spec?.nodeName) return
  await undo(context)
}

async function otherNode({ nodes, signal }: CheckContext, node: string): Promise<string | undefined> {
  return (await nodes.list(signal)).find(({ name, running }) => running && name !== node)?.name
}

/**
 * The learner's own: events tell of a Pod of this name and another UID on the same node. The running one must be in its
 * first run, so that its start is that of the Pod.
 */
async function recreatedBefore(context: CheckContext, name: string): Promise<{ finding: Finding; since: Date } | undefined> {
  const pod = await readPod(context, name)
  const [container] = pod?.status?.containerStatuses ?? []
  const since = container?.state?.running?.startedAt
  if (!pod || !isReady(pod) || !since || container.restartCount !== 0) return undefined
  const uid = pod.metadata?.uid ?? ''
  const events = await eventsAbout(context.kube, { namespace: context.namespace, name }, 'Pod', context.signal)
  const earlier = events.findLast((event) => isOther(event, uid) && event.message?.endsWith(` ${pod.spec?.nodeName}`))
  if (!earlier) return undefined
  const another = say(context, {
    en: `a Pod of another UID than ${uid}, on the same node`,
    zh: `同一节点上 UID 不同于 ${uid} 的 Pod`,
  })
  const seen = `${earlier.message}, UID ${earlier.involvedObject.uid}`
  return {
    finding: conclude(context, say(context, { en: `Pod ${name} was deleted and made again`, zh: `Pod ${name} 被删除并重建` }), [
      fact(another, seen, eventsCommand(context, 'Pod', name), true),
    ]),
    since,
  }
}

function isOther({ reason, involvedObject }: CoreV1Event, uid: string): boolean {
  return reason === 'Scheduled' && involvedObject.uid !== undefined && involvedObject.uid !== uid
}

function untouched(context: CheckContext, name: string, why: { en: string; zh: string }): Finding {
  return unmet(say(context, { en: `Pod ${name} was not deleted: ${why.en}`, zh: `没有删除 Pod ${name}：${why.zh}` }))
}

function newUid(context: CheckContext, before: V1Pod, after: V1Pod): Fact {
  const { name = '', uid } = before.metadata ?? {}
  return fact(
    say(context, { en: `UID other than ${uid}`, zh: `UID 不同于 ${uid}` }),
    `UID ${after.metadata?.uid}`,
    kubectl(context, 'get', 'pod', name, '-o', 'jsonpath={.metadata.uid}'),
    after.metadata?.uid !== undefined && after.metadata.uid !== uid,
  )
}

function onNode(context: CheckContext, node: string, after: V1Pod): Fact {
  const on = (name: string | undefined): string => say(context, { en: `on ${name}`, zh: `在 ${name} 上` })
  const command = kubectl(context, 'get', 'pod', after.metadata?.name ?? '', '-o', 'wide')
  return fact(on(node), on(after.spec?.nodeName), command)
}
