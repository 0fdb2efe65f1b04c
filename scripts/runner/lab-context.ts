import type { Lab } from '../catalog/lab.ts'
import type { CheckContext } from '../checks/check.ts'
import type { Emit } from '../events.ts'
import type { Kube } from '../kube/kube.ts'
import type { Nodes } from '../cluster/nodes-port.ts'
import type { ExportView } from '../nfs/export-view.ts'
import type { NfsMachine } from '../nfs/nfs-machine.ts'
import type { Language } from '../text.ts'

/** An environment, as far as labs need it. */
export interface LabEnvironment {
  readonly name: string
  readonly kube: Kube
  readonly export: ExportView
  readonly nodes: Nodes
  readonly nfs: NfsMachine
  /** Removes a directory of the export that belongs to no volume any more. Without it, one that stays behind is an error. */
  readonly removeDirectory?: (directory: string, signal: AbortSignal) => Promise<void>
}

/** What every operation on a lab is given. */
export interface LabContext {
  readonly environment: LabEnvironment
  readonly signal: AbortSignal
  readonly emit: Emit
  readonly language: Language
  /** The id of the enclosing step. */
  readonly parent?: string
}

/** A step's id, unique within the enclosing step. */
export function stepId(lab: Pick<Lab, 'id'>, { parent }: Pick<LabContext, 'parent'>, name: string): string {
  return parent === undefined ? `${lab.id}/${name}` : `${parent}/${name}`
}

/** The namespace a lab runs in. */
export function namespaceOf(lab: Pick<Lab, 'id'>): string {
  return `lab-${lab.id}`
}

export function checkContext(
  lab: Lab,
  { environment, signal, language }: LabContext,
  progress: (line: string) => void = () => {},
): CheckContext {
  const { kube, export: exported, nodes } = environment
  return { kube, export: exported, nodes, namespace: namespaceOf(lab), language, signal, progress }
}
