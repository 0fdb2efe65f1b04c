import type { Emit } from '../events.ts'

export const SOURCE_NAMES = ['registry', 'mirror', 'packages', 'bundle'] as const
export type SourceName = (typeof SOURCE_NAMES)[number]

/** Whether a source can be used on this machine now, and the reason in one phrase. */
export interface Probe {
  readonly usable: boolean
  readonly why: string
  /** Everything is on this machine already: nothing would be fetched or built. Such a source is preferred. */
  readonly ready?: true
  /** Nobody has set it up, as with a mirror that was not named: not worth a word to someone who did not ask for it. */
  readonly unset?: true
  /** How to make it usable, where that is known. */
  readonly fix?: string
}

/** What an environment is made of, ready to use: nothing of it is fetched or built later. */
export interface Provision {
  readonly source: SourceName
  /** The node image, as Docker knows it: every image that a lab names is inside. */
  readonly nodeImage: string
  readonly nfsServerImage: string
  /** The provisioner's image, by the reference that its Deployment uses inside the nodes. */
  readonly provisionerImage: string
  /** As `provisionerImage`, of metrics-server; missing where the source has none. */
  readonly metricsServerImage?: string
  /** Path of the kind program. */
  readonly kind: string
  readonly kubernetes: string
}

export interface ProvideOptions {
  readonly signal: AbortSignal
  readonly emit: Emit
  /** The id of the enclosing step, for nesting. */
  readonly parent?: string
  /**
   * The references that labs name. When given, only these of the lab images go into the nodes; what the environment
   * itself needs always does. Default: all.
   */
  readonly labImages?: ReadonlySet<string>
}

/** One image, as `statelab images` shows it. */
export interface ImageRecord {
  readonly reference: string
  readonly source: SourceName
  /** Docker's image id: the digest of its configuration. Missing while the image is not there. */
  readonly digest?: string
  readonly sizeBytes?: number
  readonly createdAt?: string
  /** How to make or fetch it again. */
  readonly remake: string
}

/** Where container images come from. One of these serves an environment; which one is chosen before anything is made. */
export interface ImageSource {
  readonly name: SourceName
  /** Finds out in under 5 s whether this source can work here. Never throws. */
  probe(signal: AbortSignal): Promise<Probe>
  /** Whether everything is on this machine already. Asks no network, and never throws. */
  isReady?(signal: AbortSignal): Promise<boolean>
  /**
   * Makes everything available, saying what it does; says nothing when nothing is to be done.
   * @throws {StatelabError} `image-failed` or `prerequisite-missing`.
   */
  provide(options: ProvideOptions): Promise<Provision>
  records(signal: AbortSignal): Promise<readonly ImageRecord[]>
}
