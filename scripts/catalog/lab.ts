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
  /** What a learner takes away from it, told when it turns green. */
  readonly learned?: Text
}

/** One step of a solution: what a learner would type, with the reason. */
export type SolutionStep = StepReason & StepAction

interface StepReason {
  readonly why: Text
  /** The task it works on; without one, that of the step before. */
  readonly task?: string
  /** Only in this variant of the lab. */
  readonly variant?: string
  /** Waits until this is met. */
  readonly until?: Check
  /** The point of the step is that it is refused, with such a message; being accepted is then a failure. */
  readonly refused?: RegExp
}

export type StepAction =
  /** `kubectl apply -f` a file of the lab's `solution/` (of a wrong solution: of `wrong/`, else of `solution/`). */
  | { readonly apply: string }
  /** `kubectl exec`: a program in a Pod, which is waited for; default container: the first. */
  | { readonly exec: { readonly pod: string; readonly container?: string; readonly command: readonly string[] } }
  /** `kubectl delete`, and waits until that very object is gone. */
  | {
      readonly delete: {
        readonly kind: string
        readonly name: string
        /** Without grace. */
        readonly force?: boolean
        /** Leaves what it owns behind: `--cascade=orphan`. */
        readonly orphan?: boolean
        /** Default true; false for what cannot go yet, such as a claim that a Pod uses. */
        readonly wait?: boolean
      }
    }
  /** `kubectl patch --type merge`. */
  | { readonly patch: { readonly kind: string; readonly name: string; readonly patch: object } }
  /** `kubectl scale`. */
  | { readonly scale: { readonly kind: 'StatefulSet' | 'Deployment'; readonly name: string; readonly replicas: number } }
  /** `kubectl create job NAME --from=cronjob/FROM`: what a CronJob would run, now. */
  | { readonly createJob: { readonly name: string; readonly from: string } }
  /** `docker exec`: a program on a node. `$NFS_SERVER` in it is the NFS server's address, as in manifests. */
  | { readonly onNode: { readonly node: NodeRole; readonly command: readonly string[] } }
  /** `docker exec`: a program on the machine of the NFS server, where the export is /export. */
  | { readonly onServer: { readonly command: readonly string[] } }
  /** Switches a node off, as a power cut does, or on again. */
  | { readonly power: { readonly node: NodeRole; readonly action: 'stop' | 'start' } }

/** The control plane, or the first worker: nodes have other names in every environment. */
export type NodeRole = 'control-plane' | 'worker'

/** A plausible wrong solution: the steps of a learner who errs, and the task that must refuse it. */
export interface WrongSolution {
  readonly id: string
  /** The task that must not turn green. */
  readonly refusedBy: string
  /** Only in this variant of the lab. */
  readonly variant?: string
  readonly steps: readonly SolutionStep[]
}

/** What a lab makes, or has learners make, outside of its namespace. It is removed with the lab. */
export interface Ownership {
  /** Cluster-wide objects. */
  readonly objects?: readonly { readonly kind: string; readonly name: string }[]
  /** Absolute paths on every node, below /tmp or /mnt. */
  readonly nodePaths?: readonly string[]
  /** Names at the root of the export. */
  readonly exportDirectories?: readonly string[]
}

export interface LabDefinition {
  readonly id: string
  readonly track: 'volumes' | 'nfs' | 'statefulset' | 'redis' | 'operate' | (string & {})
  readonly minutes: number
  /** A range of Kubernetes versions: `>=1.27`. */
  readonly kubernetes: string
  readonly title: Text
  readonly requires?: { readonly nodes?: number; readonly features?: readonly string[] }
  readonly owns?: Ownership
  /** It stops nodes or loads the machine: no other lab may run at the same time, and its end starts every node again. */
  readonly exclusive?: boolean
  /** The Pod Security level of its namespace. Default `baseline`. */
  readonly podSecurity?: 'baseline' | 'privileged'
  /**
   * The same exercise with different causes: `start` picks one and applies `start/<variant>/` after `start/`. Unattended
   * runs take the first unless told.
   */
  readonly variants?: readonly string[]
  readonly tasks: readonly Task[]
  readonly solution: readonly SolutionStep[]
  readonly wrong: readonly WrongSolution[]
}

/** A lab with its folder: where the brief, the manifests and the solution are. */
export interface Lab extends LabDefinition {
  /** Absolute path of the lab's folder. */
  readonly folder: string
}
