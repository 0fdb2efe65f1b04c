import type { V1PersistentVolume } from '@kubernetes/client-node'
import type { Lab } from '../catalog/lab.ts'
import { refOf } from '../checks/kinds.ts'
import { type LabEnvironment, namespaceOf } from './lab-context.ts'
import { labDirectories } from './lab-directories.ts'

/** What is left of a lab anywhere: its namespace, volumes, directories on the export, and what it owns elsewhere. */
export async function remainsOf(lab: Lab, environment: LabEnvironment, signal: AbortSignal): Promise<string[]> {
  const found = await Promise.all([
    ofNamespace(lab, environment, signal),
    volumes(lab, environment, signal),
    directories(lab, environment, signal),
    objects(lab, environment, signal),
    nodePaths(lab, environment, signal),
  ])
  return found.flat()
}

async function ofNamespace(lab: Lab, { kube }: LabEnvironment, signal: AbortSignal): Promise<string[]> {
  const name = namespaceOf(lab)
  return (await kube.get({ apiVersion: 'v1', kind: 'Namespace', name }, signal)) ? [`Namespace ${name}`] : []
}

async function volumes(lab: Lab, { kube }: LabEnvironment, signal: AbortSignal): Promise<string[]> {
  const all = await kube.list<V1PersistentVolume>({ apiVersion: 'v1', kind: 'PersistentVolume' }, signal)
  const ours = all.filter(({ spec }) => spec?.claimRef?.namespace === namespaceOf(lab))
  return ours.map(({ metadata }) => `PersistentVolume ${metadata?.name}`)
}

async function directories(lab: Lab, environment: LabEnvironment, signal: AbortSignal): Promise<string[]> {
  const [made, entries] = await Promise.all([labDirectories(lab, environment, signal), environment.export.list('', signal)])
  const owned = (entries ?? []).map(({ name }) => name).filter((name) => lab.owns?.exportDirectories?.includes(name))
  return [...made, ...owned].map((name) => `export directory ${name}`)
}

async function objects(lab: Lab, { kube }: LabEnvironment, signal: AbortSignal): Promise<string[]> {
  const found = (lab.owns?.objects ?? []).map(async ({ kind, name }) =>
    (await kube.get(refOf(kind, name, ''), signal)) ? [`${kind} ${name}`] : [],
  )
  return (await Promise.all(found)).flat()
}

async function nodePaths(lab: Lab, { nodes }: LabEnvironment, signal: AbortSignal): Promise<string[]> {
  const paths = lab.owns?.nodePaths ?? []
  if (paths.length === 0) return []
  const machines = await nodes.list(signal)
  const found = machines.flatMap(({ name }) =>
    paths.map(async (path) => ((await nodes.run(name, ['test', '-e', path], signal)).exitCode === 0 ? [`${name}:${path}`] : [])),
  )
  return (await Promise.all(found)).flat()
}
