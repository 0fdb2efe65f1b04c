import type { KubernetesObject } from '@kubernetes/client-node'

/** Names one object. `namespace` is left out for cluster-wide kinds. */
export interface ObjectRef {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string | undefined
}

/** Names a set of objects. Without `namespace`: all namespaces. */
export interface ObjectQuery {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string | undefined
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/** `synced` follows the objects that were there when the watch began: only from then on is the picture whole. */
export type WatchEvent<T> = { readonly type: 'added' | 'modified' | 'deleted'; readonly object: T } | { readonly type: 'synced' }

export interface ExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * The API of one cluster, as the engine uses it. Implemented over @kubernetes/client-node; faked in unit tests.
 * Every method rejects with a `StatelabError` (`kubernetes-failed`) that carries the API's own message, and with the
 * signal's reason when it aborts.
 */
export interface Kube {
  /** @returns the object, or `undefined` when there is none. */
  get<T extends KubernetesObject>(ref: ObjectRef, signal: AbortSignal): Promise<T | undefined>
  list<T extends KubernetesObject>(query: ObjectQuery, signal: AbortSignal): Promise<T[]>
  /**
   * Lists, then watches from that very point: nothing between the two is missed. Yields the present objects as
   * `added`, then `synced`, then changes. Ends when the signal aborts; reconnects and lists again by itself.
   */
  watch<T extends KubernetesObject>(query: ObjectQuery, signal: AbortSignal): AsyncIterable<WatchEvent<T>>
  /**
   * Server-side apply by field manager `statelab`, in the order given. `namespace` fills in where an object has none.
   * With `dryRun` the API decides as it would, quotas included, and stores nothing.
   */
  apply(
    objects: readonly KubernetesObject[],
    options: { namespace?: string; dryRun?: boolean; signal: AbortSignal },
  ): Promise<void>
  /** Merge patch. */
  patch(ref: ObjectRef, patch: object, signal: AbortSignal): Promise<void>
  /** Deletes; an object that is not there is success. Does not wait for it to be gone: see `untilGone`. */
  delete(ref: ObjectRef, options: { gracePeriodSeconds?: number; orphan?: boolean; signal: AbortSignal }): Promise<void>
  /** Runs a program in a container; a non-zero exit code is a result, not an error. */
  exec(
    pod: { namespace: string; name: string; container?: string },
    command: readonly string[],
    options: { signal: AbortSignal; stdin?: string },
  ): Promise<ExecResult>
  logs(pod: { namespace: string; name: string; container?: string; tailLines?: number }, signal: AbortSignal): Promise<string>
  /** The server's version, such as `v1.36.3`. */
  version(signal: AbortSignal): Promise<string>
}
