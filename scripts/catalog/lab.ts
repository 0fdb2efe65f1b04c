import type { Check } from '../checks/check.ts'
import type { Text } from '../text.ts'

/** A hint; with `when` it is given only while that check is met, and before every general one. */
export interface Hint {
  readonly when?: Check
  readonly text: Text
}

export interface Task {
  readonly id: string
  readonly title: Text
  readonly checks: readonly Check[]
  readonly hints: readonly Hint[]
}

/**
 * One step of a solution: what a learner would type, with the reason. `apply` names a file of the lab's `solution/` (of
 * a wrong solution: of `wrong/`, else of `solution/`); `exec` runs a program in a Pod; `delete` removes an object. Each
 * waits until `until` is met. `task` is the task it works on; without one, that of the step before.
 */
export type SolutionStep = { readonly why: Text; readonly task?: string; readonly until?: Check } & (
  | { readonly apply: string }
  | { readonly exec: { readonly pod: string; readonly command: readonly string[] } }
  | { readonly delete: { readonly kind: string; readonly name: string } }
)

/** A plausible wrong solution: the steps of a learner who errs, and the task that must refuse it. */
export interface WrongSolution {
  readonly id: string
  /** The task that must not turn green. */
  readonly refusedBy: string
  readonly steps: readonly SolutionStep[]
}

export interface LabDefinition {
  readonly id: string
  readonly track: 'volumes' | 'nfs' | 'statefulset' | 'redis' | 'operate' | (string & {})
  readonly minutes: number
  /** A range of Kubernetes versions: `>=1.27`. */
  readonly kubernetes: string
  readonly title: Text
  readonly requires?: { readonly nodes?: number; readonly features?: readonly string[] }
  readonly tasks: readonly Task[]
  readonly solution: readonly SolutionStep[]
  readonly wrong: readonly WrongSolution[]
}

/** A lab with its folder: where the brief, the manifests and the solution are. */
export interface Lab extends LabDefinition {
  /** Absolute path of the lab's folder. */
  readonly folder: string
}
