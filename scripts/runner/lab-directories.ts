import type { V1Namespace } from '@kubernetes/client-node'
import type { Lab } from '../catalog/lab.ts'
import { type LabEnvironment, namespaceOf } from './lab-context.ts'

/**
 * The directories on the export that the provisioner made for a lab's claims, archived ones included. It names them
 * `<namespace>-<claim>-<volume>`: that of lab `redis` must not be mistaken for one of `redis-crash`.
 */
export async function labDirectories(
  lab: Lab,
  { kube, export: exported }: Pick<LabEnvironment, 'kube' | 'export'>,
  signal: AbortSignal,
): Promise<string[]> {
  const namespace = namespaceOf(lab)
  const [namespaces, entries] = await Promise.all([
    kube.list<V1Namespace>({ apiVersion: 'v1', kind: 'Namespace' }, signal),
    exported.list('', signal),
  ])
  const others = namespaces.map(({ metadata }) => metadata?.name ?? '').filter((name) => name.startsWith(`${namespace}-`))
  const isOurs = (name: string): boolean => {
    const directory = name.replace(/^archived-/, '')
    return directory.startsWith(`${namespace}-`) && !others.some((other) => directory.startsWith(`${other}-`))
  }
  return (entries ?? []).map(({ name }) => name).filter(isOurs)
}
