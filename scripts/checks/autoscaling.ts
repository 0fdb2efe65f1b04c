import type { V1StatefulSet } from '@kubernetes/client-node'
import { eventsAbout, timeOf } from '../kube/describe.ts'
import { queryOf } from '../kube/wait-for.ts'
import { startWatching, type Watching } from '../kube/watching.ts'
import { orWhenTimedOut } from '../wait/deadline.ts'
import { readAutoscaler, utilisationOf } from './autoscale.ts'
import { type Check, type CheckContext, type Finding, say, unmet } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { outputOf } from './pod.ts'
import { restoring } from './restoring.ts'
import { readClaim } from './volumes.ts'

/** What makes work for a StatefulSet, and ends it: programs in one of its Pods. */
export interface Load {
  readonly pod: string
  readonly begin: readonly string[]
  readonly end: readonly string[]
}

export interface LoadScaling {
  /** The StatefulSet. */
  readonly target: string
  /** Its claim template. */
  readonly template: string
  readonly load: Load
}

/**
 * Under load an autoscaler adds Pods to a StatefulSet, and when the load has ended it takes them away again down to its
 * minimum; the claims of the Pods that went stay.
 */
export function scalesWithLoad(name: string, scaling: LoadScaling): Check {
  const { target, load } = scaling
  return {
    id: `scales-with-load/${name}`,
    kind: 'probe',
    title: {
      en: `StatefulSet ${target} grows under load, shrinks after it, and keeps the claims`,
      zh: `StatefulSet ${target} 有负载时扩容，负载结束后缩容，并保留 PVC`,
    },
    async run(context) {
      const min = (await readAutoscaler(context, name))?.spec?.minReplicas ?? 1
      const { kube, namespace, signal } = context
      await using watching = await startWatching<V1StatefulSet>(kube, queryOf(refOf('StatefulSet', target, namespace)), signal)
      const calm = await untilReplicas(context, watching, name, { is: (count) => count <= min })
      if (calm.replicas > min) {
        const seen = replicasText(context, calm.replicas)
        return unmet(
          say(context, { en: `no load was made: ${target} has ${seen} already`, zh: `没有施加负载：${target} 已经有 ${seen}` }),
        )
      }
      const work = async (): Promise<Finding> => {
        const begun = await outputOf(context, load.pod, load.begin)
        if (!begun.answered)
          return unmet(say(context, { en: `no load was made: ${begun.text}`, zh: `没有施加负载：${begun.text}` }))
        const up = await untilReplicas(context, watching, name, { is: (count) => count > min })
        const grown = moved(context, name, { from: min, change: up, holds: up.replicas > min, towards: 'up' })
        await outputOf(context, load.pod, load.end)
        if (!grown.holds) return conclude(context, `StatefulSet ${target}`, [grown])
        const peak = Math.max(up.replicas, watching.objects[0]?.spec?.replicas ?? 0)
        const down = await untilReplicas(context, watching, name, { is: (count) => count <= min, gone: true })
        const shrunk = moved(context, name, { from: peak, change: down, holds: down.replicas <= min, towards: 'down' })
        return conclude(context, `StatefulSet ${target}`, [grown, shrunk, ...(await claimsKept(context, scaling, { min, peak }))])
      }
      return await restoring(work, async (within) => void (await outputOf({ ...context, signal: within }, load.pod, load.end)))
    },
    /** The autoscaler tells of each step in an event: above its minimum under load, and back to it. */
    async proven(context) {
      const scaler = await readAutoscaler(context, name)
      const min = scaler?.spec?.minReplicas ?? 1
      const set = await context.kube.get<V1StatefulSet>(refOf('StatefulSet', target, context.namespace), context.signal)
      if (!scaler || set?.spec?.replicas !== min || set.status?.replicas !== min) return undefined
      const events = await eventsAbout(
        context.kube,
        { namespace: context.namespace, name },
        'HorizontalPodAutoscaler',
        context.signal,
      )
      const steps = events
        .filter(({ reason, involvedObject }) => reason === 'SuccessfulRescale' && involvedObject.uid === scaler.metadata?.uid)
        .map((event) => ({
          at: timeOf(event),
          message: event.message ?? '',
          size: Number(/New size: (\d+)/.exec(event.message ?? '')?.[1]),
        }))
      const up = steps.find(({ size, message }) => size > min && /above target/.test(message))
      const down = steps.findLast(({ size, message }) => size === min && /below target/.test(message))
      if (!up || !down || down.at < up.at) return undefined
      const command = kubectl(
        context,
        'get',
        'events',
        '--field-selector',
        `involvedObject.name=${name},reason=SuccessfulRescale`,
      )
      const peak = Math.max(...steps.map(({ size }) => size))
      return conclude(context, `StatefulSet ${target}`, [
        fact(`New size > ${min}`, up.message, command, true),
        fact(`New size: ${min}`, down.message, command, true),
        ...(await claimsKept(context, scaling, { min, peak })),
      ])
    },
  }
}

/** Figures are up to 25 s old, the autoscaler looks every 15 s, and a Pod is made in two. */
const STEP_MS = 120_000

interface Change {
  readonly replicas: number
  /** How long it took, in seconds. */
  readonly seconds: number
  /** The utilisation that the autoscaler saw last. */
  readonly utilisation: number | undefined
}

/** @returns the number of Pods asked for once it is as wanted, or as it was seen last; with `gone`, once the others are gone. */
async function untilReplicas(
  context: CheckContext,
  watching: Watching<V1StatefulSet>,
  autoscaler: string,
  { is, gone = false }: { readonly is: (count: number) => boolean; readonly gone?: boolean },
): Promise<Change> {
  const { signal, progress: onSeen } = context
  const startedAt = performance.now()
  const countOf = (set: V1StatefulSet | undefined): number => set?.spec?.replicas ?? 0
  await orWhenTimedOut(
    watching.until(
      ([set]) => {
        const count = countOf(set)
        const there = set?.status?.replicas ?? 0
        return is(count) && (!gone || there <= count)
          ? { value: true, seen: '' }
          : { seen: `${replicasText(context, count)}, ${there} Pods` }
      },
      { what: `StatefulSet ${autoscaler}`, timeoutMs: STEP_MS, signal, onSeen },
    ),
    () => {},
  )
  const scaler = await readAutoscaler(context, autoscaler)
  return {
    replicas: countOf(watching.objects[0]),
    seconds: Math.round((performance.now() - startedAt) / 1_000),
    utilisation: scaler && utilisationOf(scaler),
  }
}

function moved(
  context: CheckContext,
  autoscaler: string,
  { from, change, holds, towards }: { from: number; change: Change; holds: boolean; towards: 'up' | 'down' },
): Fact {
  const { replicas, seconds, utilisation } = change
  const expected =
    towards === 'up'
      ? say(context, { en: `more than ${from} replicas under load`, zh: `有负载时多于 ${from} 个副本` })
      : say(context, { en: 'the minimum again after the load', zh: '负载结束后回到最小副本数' })
  const observed = say(context, {
    en: `${from} → ${replicas} after ${seconds} s, CPU ${utilisation ?? '<unknown>'}%`,
    zh: `${seconds} 秒后 ${from} → ${replicas}，CPU ${utilisation ?? '<unknown>'}%`,
  })
  return fact(expected, observed, kubectl(context, 'describe', 'hpa', autoscaler), holds)
}

/** Of every Pod that was there for a while, the claim is. */
async function claimsKept(
  context: CheckContext,
  { target, template }: LoadScaling,
  { min, peak }: { readonly min: number; readonly peak: number },
): Promise<Fact[]> {
  const facts: Fact[] = []
  for (let ordinal = min; ordinal < peak; ordinal++) {
    const name = `${template}-${target}-${ordinal}`
    facts.push(fact(`PVC ${name} Bound`, `PVC ${name} ${await fateOf(context, name)}`, kubectl(context, 'get', 'pvc', name)))
  }
  return facts
}

/** A claim that goes with its Pod belongs to it, and is there for a moment longer. */
async function fateOf(context: CheckContext, name: string): Promise<string> {
  const claim = await readClaim(context, name)
  if (!claim) return say(context, { en: 'gone', zh: '没有了' })
  const { deletionTimestamp, ownerReferences = [] } = claim.metadata ?? {}
  const goes = deletionTimestamp !== undefined || ownerReferences.some(({ kind }) => kind === 'Pod')
  return goes ? say(context, { en: 'goes with its Pod', zh: '随 Pod 一起删除' }) : (claim.status?.phase ?? '-')
}

function replicasText(context: CheckContext, count: number): string {
  return say(context, { en: `${count} replicas`, zh: `${count} 个副本` })
}
