import type { Lab } from '../catalog/lab.ts'
import type { Language } from '../text.ts'
import type { Environment } from '../environment.ts'
import type { Emit } from '../events.ts'
import type { BundleJson } from '../images/bundle/bundle-json.ts'
import type { SavedBundle } from '../images/bundle/save-bundle.ts'
import type { Garbage } from '../images/garbage.ts'
import type { Mirrors } from '../images/registry/mirrors.ts'
import type { ImageRecord, SourceName } from '../images/source.ts'
import type { DoctorCheck } from '../host/doctor.ts'
import type { EnvironmentStatus } from '../provision/read-status.ts'
import type { BundleVerdict, SaveRequest } from './bundle-work.ts'
import type { LabState } from '../runner/lab-state.ts'
import type { LabResult } from '../runner/result.ts'
import type { RunLabsOptions } from '../runner/run-labs.ts'
import type { FittingHints } from '../runner/hint-for.ts'
import type { LearnerWork } from '../runner/learner-work.ts'
import type { SolveForLearnerOptions } from '../runner/solve-for-learner.ts'
import type { SolvedStep } from '../runner/solve-lab.ts'
import type { StartLabOptions } from '../runner/start-lab.ts'
import type { WatchLabOptions } from '../runner/watch-lab.ts'

/** The documented JSON of `status`, without its `schema`. */
export interface EnvironmentReport extends EnvironmentStatus {
  readonly labs: readonly { readonly id: string; readonly state: LabState }[]
}

/** What every piece of work is given. */
export interface Work {
  readonly emit: Emit
  readonly signal: AbortSignal
}

/** What an environment is to be made of, as far as the user said. */
export interface ImageChoice {
  readonly source: SourceName | undefined
  readonly kubernetes: string | undefined
  readonly mirrors?: Mirrors | undefined
}

/** Work on a lab: its steps and reasons are told in the learner's language. */
export interface LabWork extends Work {
  readonly language: Language
}

/** Lines to read, part by part. */
export interface Diagnostics {
  readonly containers: readonly string[]
  readonly nfs: readonly string[]
  readonly provisioner: readonly string[]
  readonly events: readonly string[]
}

/**
 * The library as the verbs use it. `real-engine.ts` joins it to the folders that do the work, each loaded only when
 * needed: `statelab list` must not wait for a Kubernetes client.
 */
export interface Engine {
  /** @throws {StatelabError} `bad-input` or `lab-invalid` for a folder that holds no labs, or faulty ones. */
  loadLabs(folders: readonly string[], ids?: readonly string[]): Promise<readonly Lab[]>
  doctor(work: Work & ImageChoice & { readonly fix: boolean }): Promise<readonly DoctorCheck[]>
  /**
   * Finds out, before anything is installed, whether there can be such images.
   * @throws {StatelabError} `bad-input` for a Kubernetes version that is not made here, `prerequisite-missing` for a
   * source that cannot be used.
   */
  checkImages(choice: ImageChoice, signal: AbortSignal): Promise<void>
  /** @throws {StatelabError} `prerequisite-missing` when Docker cannot be used, or only by an installation that is not allowed. */
  ensureDocker(work: Work & { readonly mayInstall: boolean }): Promise<void>
  up(env: Environment, work: Work & ImageChoice & { readonly mayInstall: boolean }): Promise<EnvironmentStatus>
  down(env: Environment, work: Work): Promise<void>
  status(env: Environment, signal: AbortSignal): Promise<EnvironmentReport>
  /** Whether there is a node of it, running or not. */
  exists(env: Environment, signal: AbortSignal): Promise<boolean>
  /**
   * Whether labs can be done in it. What a lab breaks on purpose (the provisioner, a node) does not count: a command
   * must not mend it behind the learner's back.
   * @param kubernetes the version that it must have.
   */
  isUsable(env: Environment, signal: AbortSignal, kubernetes: string | undefined): Promise<boolean>
  /** @returns how many containers were stopped. */
  pause(env: Environment, work: Work): Promise<number>
  /** @returns the names of those of which something was left. */
  prune(work: Work): Promise<readonly string[]>
  diagnostics(env: Environment, signal: AbortSignal): Promise<Diagnostics>
  images(options: Pick<ImageChoice, 'source' | 'mirrors'> & { readonly signal: AbortSignal }): Promise<readonly ImageRecord[]>
  /**
   * Writes the software bill of materials of each image that is here, as CycloneDX.
   * @returns the files, absolute.
   */
  writeSboms(work: Work & Pick<ImageChoice, 'source' | 'mirrors'> & { readonly folder: string }): Promise<readonly string[]>
  /**
   * Removes images and files of builds that neither an environment nor this version needs.
   * @throws {StatelabError} `operation-failed` while images are built.
   */
  collectGarbage(work: Work & { readonly dryRun: boolean }): Promise<Garbage>
  /**
   * Writes one archive with everything that a machine without a network needs.
   * @throws {StatelabError} `bad-input` for a file that is there, `prerequisite-missing` when there is no room.
   */
  saveBundle(work: Work & ImageChoice & SaveRequest & { readonly mayInstall: boolean }): Promise<SavedBundle>
  /** @throws {StatelabError} `bad-input` for a file that is damaged, or no bundle for this version and machine. */
  loadBundle(work: Work & { readonly file: string; readonly mayInstall: boolean }): Promise<BundleJson>
  /** @throws {StatelabError} `bad-input` for a file that is no bundle. */
  verifyBundle(work: Work & { readonly file: string }): Promise<BundleVerdict>
  /** A lab that is missing from the answer is untouched; without an environment all are. */
  labStates(env: Environment, signal: AbortSignal): Promise<ReadonlyMap<string, LabState>>
  /** @throws {StatelabError} `prerequisite-missing` when this environment lacks what the lab requires. */
  startLab(env: Environment, lab: Lab, work: LabWork & StartLabOptions): Promise<void>
  checkLab(env: Environment, lab: Lab, work: LabWork): Promise<LabResult>
  /** Yields a result at first and after each change. Ends when the signal aborts. */
  watchLab(env: Environment, lab: Lab, work: LabWork & WatchLabOptions): AsyncIterable<LabResult>
  /** The tasks that `solveLab` has worked on since the lab was started. */
  solvedTasks(env: Environment, lab: Lab, signal: AbortSignal): Promise<readonly string[]>
  solveLab(env: Environment, lab: Lab, work: LabWork & SolveForLearnerOptions): Promise<readonly SolvedStep[]>
  /** @returns `undefined` when every task is green. */
  hintsFor(env: Environment, lab: Lab, work: LabWork): Promise<FittingHints | undefined>
  /** What `resetLab` would take from the learner. */
  learnerWork(env: Environment, lab: Lab, work: LabWork): Promise<LearnerWork>
  resetLab(env: Environment, lab: Lab, work: LabWork & StartLabOptions): Promise<void>
  /** @returns the results in the order of the labs. */
  runLabs(env: Environment, labs: readonly Lab[], work: LabWork, options?: RunLabsOptions): Promise<readonly LabResult[]>
  /** @returns what the lab had to prove, as tasks. */
  proveLab(env: Environment, lab: Lab, work: LabWork): Promise<LabResult>
}
