import type { Kube } from '../kube/kube.ts'
import type { Nodes } from '../cluster/nodes-port.ts'
import type { ExportView } from '../nfs/export-view.ts'
import { inLanguage, type Language, type Text } from '../text.ts'

/** What a check saw, in a form a person can verify. */
export interface Evidence {
  readonly expected: string
  readonly observed: string
  /** The command that shows it. */
  readonly command: string
}

/** The result of looking. An unmet check is a result, never an exception; exceptions mean the tool could not look. */
export interface Finding {
  readonly met: boolean
  /** True when an unmet check will stay so without further action: whoever waits for it can stop. */
  readonly settled?: boolean
  /** One sentence that names the object, what was expected, and what was seen. */
  readonly message: string
  readonly evidence: readonly Evidence[]
}

export interface CheckContext {
  readonly kube: Kube
  readonly export: ExportView
  readonly nodes: Nodes
  /** The namespace the lab runs in. */
  readonly namespace: string
  /** In which findings are written. */
  readonly language: Language
  readonly signal: AbortSignal
  /** Tells a person what is being waited for. */
  readonly progress: (line: string) => void
}

/**
 * *observe* reads and may be repeated for ever. *probe* disturbs something and compares before with after; it restores
 * what it disturbed, also when it is interrupted.
 */
export interface Check {
  readonly id: string
  readonly kind: 'observe' | 'probe'
  /** What must be true, as a sentence: "StatefulSet redis-pv-sts has 2 ready Pods". */
  readonly title: Text
  run(context: CheckContext): Promise<Finding>
  /**
   * For a probe: looks, touching nothing, whether what it would show has been shown already, as when the learner has
   * deleted the Pod. `undefined` when that cannot be proven; then only `run` can tell.
   */
  proven?(context: CheckContext): Promise<Finding | undefined>
}

/** A text in the language that findings are written in. Names and values of Kubernetes stay as they are. */
export function say({ language }: Pick<CheckContext, 'language'>, text: Text): string {
  return inLanguage(text, language)
}

export function met(message: string, ...evidence: Evidence[]): Finding {
  return { met: true, message, evidence }
}

export function unmet(message: string, ...evidence: Evidence[]): Finding {
  return { met: false, message, evidence }
}

/** The finding of a probe that has left everything as it was. */
export function undisturbed(
  context: Pick<CheckContext, 'language'>,
  why: string | Text,
  ...evidence: readonly Evidence[]
): Finding {
  const reason = inLanguage(why, context.language)
  return unmet(say(context, { en: `nothing was disturbed: ${reason}`, zh: `没有做任何干扰：${reason}` }), ...evidence)
}
