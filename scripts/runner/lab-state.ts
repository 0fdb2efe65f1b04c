import type { V1Namespace } from '@kubernetes/client-node'
import type { Lab } from '../catalog/lab.ts'
import { StatelabError } from '../errors.ts'
import type { Kube } from '../kube/kube.ts'
import { namespaceOf } from './lab-context.ts'

export type LabState = 'untouched' | 'started' | 'passed'

/** The label of a lab's namespace, with the lab's id: by it the namespace is found again and known to be ours. */
export const LAB_LABEL = 'dev.statelab.lab'
/** The annotation of a lab's namespace that says how far it has come. There is no other record. */
export const STATE_ANNOTATION = 'dev.statelab.state'
/** The annotation of a lab's namespace that says which of the lab's variants was started. */
export const VARIANT_ANNOTATION = 'dev.statelab.variant'

/** The annotation of a lab's namespace that names the tasks `solve` has worked on: it goes when the attempt goes. */
const SOLVED_ANNOTATION = 'dev.statelab.solved'
/** The annotation of a lab's namespace that names the tasks whose probes have shown that they are done. */
const PROVEN_ANNOTATION = 'dev.statelab.proven'

/** How far each lab has come; a lab that is missing is untouched. */
export async function labStates(kube: Kube, signal: AbortSignal): Promise<ReadonlyMap<string, LabState>> {
  const namespaces = await kube.list<V1Namespace>({ apiVersion: 'v1', kind: 'Namespace', labelSelector: LAB_LABEL }, signal)
  return new Map(namespaces.flatMap((namespace) => labStateOf(namespace) ?? []).map(({ id, state }) => [id, state]))
}

export async function labState(kube: Kube, lab: Lab, signal: AbortSignal): Promise<LabState> {
  const namespace = await labNamespace(kube, lab, signal)
  return (namespace && labStateOf(namespace)?.state) ?? 'untouched'
}

/** The variant that was started: written down, so that it stays when the lab is reset. */
export async function startedVariant(kube: Kube, lab: Lab, signal: AbortSignal): Promise<string | undefined> {
  const variant = (await labNamespace(kube, lab, signal))?.metadata?.annotations?.[VARIANT_ANNOTATION]
  return variant !== undefined && lab.variants?.includes(variant) ? variant : lab.variants?.[0]
}

/** Writes down that the lab was passed. It stays so until the lab is reset. */
export async function recordPassed(kube: Kube, lab: Lab, signal: AbortSignal): Promise<void> {
  if ((await labState(kube, lab, signal)) !== 'started') return
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: namespaceOf(lab) }
  await kube.patch(ref, { metadata: { annotations: { [STATE_ANNOTATION]: 'passed' satisfies LabState } } }, signal)
}

/** Writes down that a task is no longer the learner's own work. */
export async function recordSolved(kube: Kube, lab: Lab, task: string, signal: AbortSignal): Promise<void> {
  await addTasks(kube, lab, SOLVED_ANNOTATION, [task], signal)
}

/** The tasks that `solve` has worked on since the lab was started. */
export async function solvedTasks(kube: Kube, lab: Lab, signal: AbortSignal): Promise<readonly string[]> {
  return tasksIn(await labNamespace(kube, lab, signal), SOLVED_ANNOTATION)
}

/** Writes down that probes have shown these tasks to be done: to look at them again shows only what needs no probe. */
export async function recordProven(kube: Kube, lab: Lab, tasks: readonly string[], signal: AbortSignal): Promise<void> {
  await addTasks(kube, lab, PROVEN_ANNOTATION, tasks, signal)
}

/** The tasks that probes have shown to be done since the lab was started. */
export async function provenTasks(kube: Kube, lab: Lab, signal: AbortSignal): Promise<readonly string[]> {
  return tasksIn(await labNamespace(kube, lab, signal), PROVEN_ANNOTATION)
}

async function addTasks(kube: Kube, lab: Lab, annotation: string, tasks: readonly string[], signal: AbortSignal): Promise<void> {
  const before = tasksIn(await labNamespace(kube, lab, signal), annotation)
  const news = tasks.filter((task) => !before.includes(task))
  if (news.length === 0) return
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: namespaceOf(lab) }
  await kube.patch(ref, { metadata: { annotations: { [annotation]: [...before, ...news].join(',') } } }, signal)
}

function tasksIn(namespace: V1Namespace | undefined, annotation: string): string[] {
  const written = namespace?.metadata?.annotations?.[annotation] ?? ''
  return written.split(',').filter((task) => task !== '')
}

/**
 * The lab's namespace, if there is one.
 * @throws {StatelabError} `operation-failed` when a namespace of that name is somebody else's.
 */
export async function labNamespace(kube: Kube, lab: Lab, signal: AbortSignal): Promise<V1Namespace | undefined> {
  const name = namespaceOf(lab)
  const namespace = await kube.get<V1Namespace>({ apiVersion: 'v1', kind: 'Namespace', name }, signal)
  if (namespace && namespace.metadata?.labels?.[LAB_LABEL] !== lab.id) {
    throw new StatelabError(
      'operation-failed',
      {
        en: `the namespace ${name} was not made by statelab, so it is left alone`,
        zh: `命名空间 ${name} 不是 statelab 创建的，不会动它`,
      },
      { fix: `kubectl delete namespace ${name}` },
    )
  }
  return namespace
}

/** @throws {StatelabError} `not-found` when the lab was not started. */
export async function assertStarted(kube: Kube, lab: Lab, signal: AbortSignal): Promise<void> {
  if ((await labState(kube, lab, signal)) === 'untouched') {
    throw new StatelabError(
      'not-found',
      { en: `lab ${lab.id} is not started`, zh: `实验 ${lab.id} 还没有开始` },
      { fix: `statelab start ${lab.id}` },
    )
  }
}

/** What a lab's namespace says of it; `undefined` for one that is ending, or is no lab's. */
export function labStateOf({
  metadata,
}: V1Namespace): { readonly id: string; readonly state: Exclude<LabState, 'untouched'> } | undefined {
  const id = metadata?.labels?.[LAB_LABEL]
  if (id === undefined || metadata?.deletionTimestamp) return undefined
  return { id, state: metadata?.annotations?.[STATE_ANNOTATION] === 'passed' ? 'passed' : 'started' }
}
