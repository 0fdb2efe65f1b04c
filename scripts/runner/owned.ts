import type { V1Node } from '@kubernetes/client-node'
import type { Lab } from '../catalog/lab.ts'
import { refOf } from '../checks/kinds.ts'
import { isNodeReady } from '../kube/ready.ts'
import { untilGone, waitForAll } from '../kube/wait-for.ts'
import type { LabEnvironment } from './lab-context.ts'
import { removeDirectories } from './remove-directories.ts'
import { removeNodePaths } from './remove-node-paths.ts'

const TIMEOUT_MS = 60_000
/** A node's kubelet needs half a minute to come back, on a slow machine more. */
const NODE_MS = 180_000

/**
 * Removes what a lab owns outside of its namespace: cluster-wide objects, paths on nodes, directories of the export.
 * @returns what there was, in words.
 */
export async function removeOwned(
  { owns = {} }: Lab,
  environment: LabEnvironment,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<string[]> {
  const removed: string[] = []
  for (const { kind, name } of owns.objects ?? []) {
    const ref = refOf(kind, name, '')
    if (!(await environment.kube.get(ref, signal))) continue
    await environment.kube.delete(ref, { signal })
    await untilGone(environment.kube, ref, { timeoutMs: TIMEOUT_MS, signal, onSeen: progress })
    removed.push(`${kind} ${name}`)
  }
  await removeNodePaths(owns.nodePaths ?? [], environment, signal)
  const directories = await directoriesThere(owns.exportDirectories ?? [], environment, signal)
  return [...removed, ...(await removeDirectories(directories, environment, signal))]
}

/** Switches on every node that is off, and waits until all are Ready. */
export async function startNodes(
  { nodes, kube }: LabEnvironment,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<void> {
  const off = (await nodes.list(signal)).filter(({ running }) => !running)
  for (const { name } of off) await nodes.start(name, signal)
  await waitForAll<V1Node, true>(
    kube,
    { apiVersion: 'v1', kind: 'Node' },
    (found) => {
      const unready = found.filter((node) => !isNodeReady(node))
      return unready.length === 0 && found.length > 0
        ? { value: true, seen: 'Ready' }
        : { seen: `not Ready: ${unready.map(({ metadata }) => metadata?.name).join(', ')}` }
    },
    { what: { en: 'every node is Ready', zh: '所有节点都 Ready' }, timeoutMs: NODE_MS, signal, onSeen: progress },
  )
}

/** Those of these directories of the export that are there. */
async function directoriesThere(
  names: readonly string[],
  { export: exported }: LabEnvironment,
  signal: AbortSignal,
): Promise<string[]> {
  if (names.length === 0) return []
  return ((await exported.list('', signal)) ?? []).map(({ name }) => name).filter((name) => names.includes(name))
}
