import type { V1Pod } from '@kubernetes/client-node'
import { describePod, eventsAbout, timeOf } from '../kube/describe.ts'
import type { ObjectRef } from '../kube/kube.ts'
import { isReady } from '../kube/ready.ts'
import { type CheckContext, type Finding, say, unmet } from './check.ts'
import { claimIdentities, unchanged } from './disturbances.ts'
import { toleratedSeconds } from './eviction.ts'
import { conclude, type Fact, fact, kubectl, kubectlAll } from './facts.ts'
import { refOf } from './kinds.ts'
import { nodeCondition, nodeOn, RETURN_MS } from './node-power.ts'
import { type PodMoment, type PodRecord, recordPods } from './pod-record.ts'
import { readPod } from './pod.ts'
import { restoring } from './restoring.ts'
import { orWhenTimedOut } from '../wait/deadline.ts'
import type { Disturbance } from './survives.ts'

export interface NodeLoss {
  /** How long it is watched, once the Pod is evicted, that no other is made. Default 10 s. */
  readonly watchMs?: number
}

/**
 * The node of a StatefulSet's Pod loses its power. For as long as it is away the Pod stays, Terminating, and no other is
 * made: nobody can know whether it still runs. After its deletion is forced the next one runs on another node, on the
 * same claims; when the node returns, there is still exactly one. The node is switched on again in any case. A lab that
 * does this is `exclusive`.
 * https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/
 */
export function nodeStopped(name: string, { watchMs = NO_TWIN_MS }: NodeLoss = {}): Disturbance {
  return {
    id: `node-stopped/${name}`,
    title: { en: `the node of Pod ${name} was switched off and on`, zh: `Pod ${name} 所在节点断电又恢复` },
    async run(context) {
      const pod = await readPod(context, name)
      const why = await whyNot(context, name, pod)
      if (!pod || why) return unmet(why ?? name)
      const loss: Loss = {
        name,
        pod,
        set: ownerOf(pod) ?? '',
        node: pod.spec?.nodeName ?? '',
        ref: refOf('Pod', name, context.namespace),
        watchMs,
      }
      const facts = await restoring(
        () => lose(context, loss),
        (signal) => nodeOn({ ...context, signal }, loss.node),
        RETURN_MS,
      )
      return conclude(context, say(context, this.title), facts)
    },
    proven: (context) => lostBefore(context, name),
  }
}

interface Loss {
  readonly name: string
  /** As it was before. */
  readonly pod: V1Pod
  readonly set: string
  readonly node: string
  readonly ref: ObjectRef
  readonly watchMs: number
}

/** The controller manager gives a silent node 50 s by default. */
const NOTICED_MS = 120_000
/** Beyond that nobody wants to wait for the eviction. */
const TOLERATED_S = 60
/** After the eviction the controller has every reason to make another Pod. It decides within a second; this is plenty. */
const NO_TWIN_MS = 10_000
const READY_MS = 90_000

/** Only what can come back elsewhere is lost. */
async function whyNot(context: CheckContext, name: string, pod: V1Pod | undefined): Promise<string | undefined> {
  if (!pod || !isReady(pod)) return say(context, { en: `Pod ${name} is not ready`, zh: `Pod ${name} 没有就绪` })
  if (ownerOf(pod) === undefined) {
    return say(context, { en: `Pod ${name} is not of a StatefulSet`, zh: `Pod ${name} 不属于 StatefulSet` })
  }
  const node = pod.spec?.nodeName
  const role = (await context.nodes.list(context.signal)).find((machine) => machine.name === node)?.role
  if (role !== 'worker') {
    return say(context, {
      en: `Pod ${name} runs on ${node}, which cannot be switched off, because the API is there; delete the Pod, and it may go to a worker`,
      zh: `Pod ${name} 在 ${node} 上，这个节点不能断电，因为 API 在上面；删除这个 Pod，它可能会调度到 worker 节点`,
    })
  }
  const tolerated = toleratedSeconds(pod)
  if (tolerated <= TOLERATED_S) return undefined
  return say(context, {
    en: `${node} was not switched off: Pod ${name} would be evicted only after ${tolerated} s`,
    zh: `没有让 ${node} 断电：Pod ${name} 要 ${tolerated} 秒之后才会被驱逐`,
  })
}

async function lose(context: CheckContext, loss: Loss): Promise<Fact[]> {
  const { kube, nodes, signal } = context
  const { name, pod, node, ref } = loss
  const claims = await claimIdentities(context, pod)
  await using record = await recordPods(context, loss.set)

  await nodes.stop(node, signal)
  const off = new Date()
  await nodeCondition(context, node, { ready: false, timeoutMs: NOTICED_MS })
  await untilEvicted(context, loss, record)
  const alone = await noTwin(context, loss, record, off)
  if (!alone.holds) return [alone]

  await kube.delete(ref, { gracePeriodSeconds: 0, signal })
  const next = await untilReplaced(context, loss, record)
  const facts = [alone, elsewhere(context, loss, next), ...unchanged(context, claims, await claimIdentities(context, next))]

  await nodeOn(context, node)
  const old = pod.metadata?.uid ?? ''
  return [...facts, one(context, name, record), await nothingLeft(context, node, old)]
}

async function untilEvicted(context: CheckContext, { name, pod }: Loss, record: PodRecord): Promise<void> {
  const { signal, progress: onSeen } = context
  await record.until(
    (pods) => {
      const found = pods.find(({ metadata }) => metadata?.uid === pod.metadata?.uid)
      // Gone already is for `noTwin` to tell.
      if (!found || found.metadata?.deletionTimestamp) return { value: true, seen: '' }
      return { seen: `Pod ${name} ${say(context, describePod(found))}` }
    },
    {
      what: say(context, { en: `Pod ${name} is evicted`, zh: `Pod ${name} 被驱逐` }),
      timeoutMs: TOLERATED_S * 1000 + NOTICED_MS,
      signal,
      onSeen,
    },
  )
}

/** Recorded since before the power cut: the Pod is ending, it is not gone, and no other was made. */
async function noTwin(context: CheckContext, { name, pod, node, watchMs }: Loss, record: PodRecord, off: Date): Promise<Fact> {
  const { signal, progress } = context
  const uid = pod.metadata?.uid
  const later = ({ what, pod: of }: PodMoment): boolean => of === name && (what === 'created' || what === 'gone')
  const waits = say(context, {
    en: `Pod ${name} is Terminating; is another one made?`,
    zh: `Pod ${name} 正在 Terminating；会再建一个吗？`,
  })
  progress(waits)
  const another = record.until(() => (record.moments.some(later) ? { value: true, seen: '' } : { seen: waits }), {
    what: waits,
    timeoutMs: watchMs,
    signal,
  })
  // That it does not come is what is hoped for.
  await orWhenTimedOut(another, () => undefined)
  const moments = record.moments.filter(({ pod: of, what }) => of === name && what !== 'there' && what !== 'ready')
  const told = moments.map(({ what, at, uid: of }) => `${what} ${clock(at)}${of === uid ? '' : ` (UID ${of})`}`).join(', ')
  const away = Math.round((Date.now() - off.getTime()) / 1000)
  const expected = say(context, {
    en: `${name} ending, neither gone nor made again, for the ${away} s that ${node} was away`,
    zh: `${node} 失联的 ${away} 秒里，${name} 正在结束，没有消失，也没有重建`,
  })
  const observed = say(context, { en: `off ${clock(off)}, ${told}`, zh: `断电 ${clock(off)}，${told}` })
  return fact(
    expected,
    observed,
    kubectl(context, 'get', 'pods', '--watch', '--output-watch-events'),
    !record.moments.some(later),
  )
}

async function untilReplaced(context: CheckContext, { name, pod }: Loss, record: PodRecord): Promise<V1Pod> {
  const { signal, progress: onSeen } = context
  return record.until(
    (pods) => {
      const next = pods.find(({ metadata }) => metadata?.name === name && metadata.uid !== pod.metadata?.uid)
      const seen = `Pod ${name} ${next ? say(context, describePod(next)) : '-'}`
      return next && isReady(next) ? { value: next, seen } : { seen }
    },
    {
      what: say(context, { en: `Pod ${name} is ready on another node`, zh: `Pod ${name} 在另一个节点上就绪` }),
      timeoutMs: READY_MS,
      signal,
      onSeen,
    },
  )
}

function elsewhere(context: CheckContext, { name, pod, node }: Loss, next: V1Pod): Fact {
  const expected = say(context, {
    en: `after the forced deletion another ${name}, not on ${node}`,
    zh: `强制删除之后有另一个 ${name}，不在 ${node} 上`,
  })
  const observed = say(context, {
    en: `UID ${next.metadata?.uid} on ${next.spec?.nodeName}`,
    zh: `UID ${next.metadata?.uid}，在 ${next.spec?.nodeName} 上`,
  })
  const holds = next.spec?.nodeName !== node && next.metadata?.uid !== pod.metadata?.uid
  return fact(expected, observed, kubectl(context, 'get', 'pod', name, '-o', 'wide'), holds)
}

/** From the forced deletion on: one was made, and it is the one that is there. */
function one(context: CheckContext, name: string, record: PodRecord): Fact {
  const made = record.moments.filter(({ pod, what }) => pod === name && what === 'created')
  const now = record.pods.filter(({ metadata }) => metadata?.name === name)
  const holds = made.length === 1 && now.length === 1 && now[0]?.metadata?.uid === made[0]?.uid
  const expected = say(context, { en: `one ${name}, also now that the node is back`, zh: `节点恢复后，${name} 仍然只有一个` })
  const seen = say(context, {
    en: `made: ${made.length}, there: ${now.length}`,
    zh: `创建了 ${made.length} 个，现有 ${now.length} 个`,
  })
  return fact(expected, holds ? expected : seen, kubectl(context, 'get', 'pods', '-o', 'wide'), holds)
}

/** A container whose Pod the API does not know any more: the kubelet that came back must not run it. */
async function nothingLeft(context: CheckContext, node: string, uid: string): Promise<Fact> {
  const script = [
    'set -e',
    `ours=$(ctr -n k8s.io containers ls -q 'labels."io.kubernetes.pod.uid"==${uid}')`,
    'running=$(ctr -n k8s.io tasks ls -q)',
    'for id in $ours; do echo "$running" | grep -x "$id" || true; done',
  ].join('; ')
  const command = ['sh', '-c', script]
  const { stdout, stderr, exitCode } = await context.nodes.run(node, command, context.signal)
  const expected = say(context, { en: `nothing of the old Pod runs on ${node}`, zh: `${node} 上没有旧 Pod 的进程` })
  // On stderr it also warns of what is no fault: of cgroup v1, for one.
  const observed = exitCode === 0 ? stdout.trim() : stderr.trim()
  const holds = exitCode === 0 && observed === ''
  return fact(expected, holds ? expected : observed, context.nodes.command(node, command), holds)
}

/**
 * The learner's own power cut: the node lifecycle controller has told of an earlier Pod of this name that its node is not
 * ready, that Pod is not there any more, and the node it was lost with is Ready again.
 */
async function lostBefore(
  context: CheckContext,
  name: string,
): Promise<{ readonly finding: Finding; readonly since: Date } | undefined> {
  const { kube, namespace, nodes, signal } = context
  const pod = await readPod(context, name)
  const [container] = pod?.status?.containerStatuses ?? []
  const since = container?.state?.running?.startedAt
  if (!pod || !isReady(pod) || !since || container.restartCount !== 0) return undefined
  const events = await eventsAbout(kube, { namespace, name }, 'Pod', signal)
  const lost = events.findLast(
    ({ reason, involvedObject, ...event }) =>
      reason === 'NodeNotReady' &&
      involvedObject.uid !== pod.metadata?.uid &&
      timeOf({ reason, involvedObject, ...event }) < since.getTime(),
  )
  if (!lost || (await nodes.list(signal)).some(({ running }) => !running)) return undefined
  const asked = kubectl(context, 'get', 'events', '--field-selector', `involvedObject.name=${name},reason=NodeNotReady`)
  const expected = say(context, { en: `an earlier ${name} whose node was lost`, zh: `此前有一个 ${name}，它的节点失联了` })
  const observed = `${lost.reason} ${new Date(timeOf(lost)).toISOString()}, UID ${lost.involvedObject.uid}`
  const on = say(context, { en: 'every node switched on', zh: '所有节点都已开机' })
  const finding = conclude(
    context,
    say(context, { en: `Pod ${name} lost its node and came back`, zh: `Pod ${name} 的节点失联，之后它又回来了` }),
    [fact(expected, observed, asked, true), fact(on, on, kubectlAll('get', 'nodes'))],
  )
  return { finding, since }
}

function ownerOf({ metadata }: V1Pod): string | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller)
  return owner?.kind === 'StatefulSet' ? owner.name : undefined
}

function clock(at: Date): string {
  return at.toISOString().slice(11, 23)
}
