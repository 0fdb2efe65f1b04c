import type { V2HorizontalPodAutoscaler } from '@kubernetes/client-node'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'

export interface AutoscalerExpectation {
  readonly kind: 'StatefulSet' | 'Deployment'
  /** What it scales. */
  readonly target: string
  readonly min: number
  readonly max: number
}

/** An autoscaler scales this by CPU utilisation, between these bounds, and knows the utilisation now. */
export function autoscalerWorks(name: string, { kind, target, min, max }: AutoscalerExpectation): Check {
  return {
    id: `autoscaler-works/${name}`,
    kind: 'observe',
    title: {
      en: `HorizontalPodAutoscaler ${name} scales ${kind} ${target} by CPU, from ${min} to ${max}`,
      zh: `HorizontalPodAutoscaler ${name} 按 CPU 伸缩 ${kind} ${target}，从 ${min} 到 ${max}`,
    },
    async run(context) {
      const scaler = await readAutoscaler(context, name)
      const command = kubectl(context, 'get', 'hpa', name)
      const subject = `HorizontalPodAutoscaler ${name}`
      if (!scaler) {
        const wanted = say(context, { en: 'one of this name', zh: '有这个名字的对象' })
        return conclude(context, subject, [fact(wanted, say(context, { en: 'none', zh: '没有' }), command)])
      }
      const { scaleTargetRef, minReplicas = 1, maxReplicas } = scaler.spec ?? {}
      const bounds = (from: number, to: number | undefined): string =>
        say(context, { en: `from ${from} to ${to ?? '-'}`, zh: `从 ${from} 到 ${to ?? '-'}` })
      return conclude(context, subject, [
        fact(`${kind} ${target}`, `${scaleTargetRef?.kind} ${scaleTargetRef?.name}`, command),
        fact(bounds(min, max), bounds(minReplicas, maxReplicas), command),
        utilisationFact(context, name, scaler),
      ])
    },
  }
}

export function readAutoscaler(
  { kube, namespace, signal }: CheckContext,
  name: string,
): Promise<V2HorizontalPodAutoscaler | undefined> {
  return kube.get<V2HorizontalPodAutoscaler>(refOf('HorizontalPodAutoscaler', name, namespace), signal)
}

/** The utilisation of CPU that it saw last, in percent of what the Pods request. */
export function utilisationOf({ status }: V2HorizontalPodAutoscaler): number | undefined {
  const metric = status?.currentMetrics?.find(({ resource }) => resource?.name === 'cpu')
  return metric?.resource?.current.averageUtilization
}

function utilisationFact(context: CheckContext, name: string, scaler: V2HorizontalPodAutoscaler): Fact {
  const wanted = scaler.spec?.metrics?.find(({ resource }) => resource?.name === 'cpu')?.resource?.target.averageUtilization
  const shows = kubectl(context, 'describe', 'hpa', name)
  const expected = say(context, { en: 'a CPU utilization it knows', zh: '已知的 CPU 利用率' })
  if (wanted === undefined) {
    return fact(expected, say(context, { en: 'no target for the CPU utilization', zh: '没有 CPU 利用率目标' }), shows)
  }
  const active = scaler.status?.conditions?.find(({ type }) => type === 'ScalingActive')
  const current = utilisationOf(scaler)
  const seen = `CPU ${current ?? '<unknown>'}% / ${wanted}%`
  const why = active?.status === 'True' ? '' : ` (${active?.reason ?? '-'}: ${active?.message ?? '-'})`
  return fact(expected, `${seen}${why}`, shows, active?.status === 'True' && current !== undefined)
}
