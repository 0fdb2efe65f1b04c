import type { V1Deployment, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node'
import { explainClaim } from '../kube/explain.ts'
import { untilGone, waitFor, waitForAll } from '../kube/wait-for.ts'
import { type Check, type CheckContext, type Finding, say } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { restoring } from './restoring.ts'
import { readClaim } from './volumes.ts'

export interface LoneProvisioner {
  /** The Deployment that it runs in. */
  readonly deployment: string
  /** The StorageClass that it answers for. */
  readonly storageClass: string
  /** A class that another provisioner of the cluster answers for. */
  readonly otherClass: string
}

/**
 * A provisioner is the only one that answers for its class: while it is stopped, a claim of its class waits, although a
 * younger claim of another class has been served. Stops and starts the Deployment; makes two claims, and removes them.
 */
export function provisionerAlone(provisioner: LoneProvisioner): Check {
  const { deployment, storageClass } = provisioner
  return {
    id: `provisioner-alone/${deployment}`,
    kind: 'probe',
    title: {
      en: `Nobody but Deployment ${deployment} answers for class ${storageClass}`,
      zh: `存储类 ${storageClass} 只由 Deployment ${deployment} 响应`,
    },
    async run(context) {
      const found = await context.kube.get<V1Deployment>(refOf('Deployment', deployment, context.namespace), context.signal)
      if (found?.status?.availableReplicas) return probe(context, provisioner, found)
      const command = kubectl(context, 'get', 'deployment', deployment)
      const [available, none] = [
        say(context, { en: 'available', zh: '可用' }),
        say(context, { en: 'not available', zh: '不可用' }),
      ]
      return conclude(context, `Deployment ${deployment}`, [fact(available, none, command)])
    },
  }
}

/** The elder must wait: whoever has served the younger has seen the elder before. */
const ELDER = 'statelab-probe-own'
const YOUNGER = 'statelab-probe-other'
const WAIT_MS = 60_000

function probe(context: CheckContext, provisioner: LoneProvisioner, found: V1Deployment): Promise<Finding> {
  const { deployment } = provisioner
  const replicas = found.spec?.replicas ?? 1
  return restoring(
    async () => {
      await removeClaims(context, context.signal)
      await scale(context, deployment, 0, context.signal)
      await untilStopped(context, found)
      await makeClaim(context, ELDER, provisioner.storageClass)
      await makeClaim(context, YOUNGER, provisioner.otherClass)
      await untilBound(context, YOUNGER)
      const stopped = await waitsFact(context, provisioner)
      if (!stopped.holds) return conclude(context, `Deployment ${deployment}`, [stopped])
      await scale(context, deployment, replicas, context.signal)
      await untilBound(context, ELDER)
      return conclude(context, `Deployment ${deployment}`, [stopped, boundFact(context, deployment)])
    },
    async (signal) => {
      await scale(context, deployment, replicas, signal)
      await removeClaims(context, signal)
    },
  )
}

async function waitsFact(context: CheckContext, { storageClass, otherClass }: LoneProvisioner): Promise<Fact> {
  const { kube, namespace, signal } = context
  const stopped = (state: string): string =>
    say(context, {
      en: `with it stopped: a claim of ${storageClass} ${state}, a younger one of ${otherClass} Bound`,
      zh: `停止后：${storageClass} 的 PVC ${state}，更晚创建的 ${otherClass} 的 PVC 已 Bound`,
    })
  const phase = (await readClaim(context, ELDER))?.status?.phase ?? '-'
  const reason = phase === 'Pending' ? say(context, await explainClaim(kube, { namespace, name: ELDER }, signal)) : ''
  const command = kubectl(context, 'get', 'events', '--field-selector', `involvedObject.name=${ELDER}`)
  return fact(stopped('Pending'), `${stopped(phase)}${reason === '' ? '' : ` (${reason})`}`, command, phase === 'Pending')
}

function boundFact(context: CheckContext, deployment: string): Fact {
  const bound = say(context, { en: `with ${deployment} running again: Bound`, zh: `${deployment} 恢复运行后：Bound` })
  return fact(bound, bound, kubectl(context, 'get', 'events', '--field-selector', `involvedObject.name=${ELDER}`))
}

function scale({ kube, namespace }: CheckContext, deployment: string, replicas: number, signal: AbortSignal): Promise<void> {
  return kube.patch(refOf('Deployment', deployment, namespace), { spec: { replicas } }, signal)
}

async function untilStopped(context: CheckContext, { metadata, spec }: V1Deployment): Promise<void> {
  const { kube, namespace, signal, progress: onSeen } = context
  const labelSelector = Object.entries(spec?.selector.matchLabels ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join(',')
  await waitForAll<V1Pod, true>(
    kube,
    { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector },
    (pods) => {
      const seen = `Pods ${pods.map((pod) => pod.metadata?.name).join(', ')}`
      return pods.length === 0 ? { value: true, seen: '' } : { seen }
    },
    {
      what: { en: `Deployment ${metadata?.name} has no Pod`, zh: `Deployment ${metadata?.name} 没有 Pod` },
      timeoutMs: WAIT_MS,
      signal,
      onSeen,
    },
  )
}

async function makeClaim({ kube, namespace, signal }: CheckContext, name: string, storageClassName: string): Promise<void> {
  const claim: V1PersistentVolumeClaim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { storageClassName, accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Mi' } } },
  }
  await kube.apply([claim], { namespace, signal })
}

async function untilBound({ kube, namespace, signal, progress: onSeen }: CheckContext, name: string): Promise<void> {
  await waitFor<V1PersistentVolumeClaim, true>(
    kube,
    refOf('PersistentVolumeClaim', name, namespace),
    (claim) => {
      const phase = claim?.status?.phase ?? '-'
      return phase === 'Bound' ? { value: true, seen: phase } : { seen: `PVC ${name} ${phase}` }
    },
    {
      what: { en: `PVC ${name} is bound`, zh: `PVC ${name} 已绑定` },
      timeoutMs: WAIT_MS,
      signal,
      onSeen,
      explain: (within) => explainClaim(kube, { namespace, name }, within),
    },
  )
}

/** Also those that an earlier run could not remove. */
async function removeClaims({ kube, namespace }: CheckContext, signal: AbortSignal): Promise<void> {
  const claims = [ELDER, YOUNGER].map((name) => refOf('PersistentVolumeClaim', name, namespace))
  await Promise.all(claims.map((claim) => kube.delete(claim, { signal })))
  await Promise.all(claims.map((claim) => untilGone(kube, claim, { timeoutMs: WAIT_MS, signal })))
}
