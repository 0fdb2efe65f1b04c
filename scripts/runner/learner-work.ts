import type { KubernetesObject } from '@kubernetes/client-node'
import type { Lab } from '../catalog/lab.ts'
import { refOf } from '../checks/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import { checkLab } from './check-lab.ts'
import { type LabContext, namespaceOf } from './lab-context.ts'
import { labState, startedVariant } from './lab-state.ts'
import { startManifests } from './start-lab.ts'

/** What of a lab was not there after its start. */
export interface LearnerWork {
  /** The tasks that are green. */
  readonly green: readonly string[]
  /** The objects that were made or changed: `StatefulSet redis-pv-sts`. */
  readonly objects: readonly string[]
  /** The names of the claims that were made: their data goes with them. */
  readonly claims: readonly string[]
}

const NOTHING: LearnerWork = { green: [], objects: [], claims: [] }

/** What a learner makes. What belongs to one of these is made again with it, and need not be told. */
const KINDS = [
  'StatefulSet',
  'Deployment',
  'DaemonSet',
  'Job',
  'CronJob',
  'Pod',
  'Service',
  'ConfigMap',
  'Secret',
  'ResourceQuota',
  'PodDisruptionBudget',
  'HorizontalPodAutoscaler',
  'PersistentVolumeClaim',
] as const

/** What a reset would take from a learner. A lab that was not started holds nothing. */
export async function learnerWork(lab: Lab, context: LabContext): Promise<LearnerWork> {
  const { environment, signal } = context
  const { kube } = environment
  if ((await labState(kube, lab, signal)) === 'untouched') return NOTHING
  const [{ tasks }, given, present, owned] = await Promise.all([
    checkLab(lab, { ...context, emit: () => {} }, { probes: false }),
    startObjects(lab, kube, signal),
    Promise.all(KINDS.map((kind) => objectsOf(kind, lab, kube, signal))),
    ownedObjects(lab, kube, signal),
  ])
  const made = present.flat().filter(({ name, object }) => (given.has(name) ? isChanged(object) : isMadeBySomebody(name, object)))
  const names = [...made.map(({ name }) => name), ...owned.filter((name) => !given.has(name))]
  const isClaim = (name: string): boolean => name.startsWith(CLAIM)
  return {
    green: tasks.filter(({ status }) => status === 'passed').map(({ id }) => id),
    objects: names.filter((name) => !isClaim(name)),
    claims: names.filter(isClaim).map((name) => name.slice(CLAIM.length)),
  }
}

const CLAIM = 'PersistentVolumeClaim '

interface Named {
  readonly name: string
  readonly object: KubernetesObject
}

async function objectsOf(kind: string, lab: Lab, kube: Kube, signal: AbortSignal): Promise<Named[]> {
  const { apiVersion, namespace } = refOf(kind, '', namespaceOf(lab))
  const objects = await kube.list({ apiVersion, kind, namespace }, signal)
  return objects.map((object) => ({ name: `${kind} ${object.metadata?.name}`, object }))
}

async function startObjects(lab: Lab, kube: Kube, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const objects = await startManifests(lab, await startedVariant(kube, lab, signal))
  return new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`))
}

/** Cluster-wide objects are the learner's: the tool makes none of them at the start of a lab but those of its manifests. */
async function ownedObjects({ owns = {} }: Lab, kube: Kube, signal: AbortSignal): Promise<string[]> {
  const found = await Promise.all(
    (owns.objects ?? []).map(async ({ kind, name }) =>
      (await kube.get(refOf(kind, name, ''), signal)) ? [`${kind} ${name}`] : [],
    ),
  )
  return found.flat()
}

/** Kubernetes' own parts write status; whoever else writes to an object of the start is a person. */
function isChanged({ metadata }: KubernetesObject): boolean {
  return (metadata?.managedFields ?? []).some(({ manager = '' }) => !/^(statelab|kube-|kubelet|.*provisioner)/.test(manager))
}

/** A controller's Pods and copies belong to what it controls; some things are in every namespace. */
function isMadeBySomebody(name: string, { metadata }: KubernetesObject): boolean {
  return (metadata?.ownerReferences ?? []).length === 0 && name !== 'ConfigMap kube-root-ca.crt'
}
