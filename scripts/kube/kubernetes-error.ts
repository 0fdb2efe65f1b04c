import { StatelabError } from '../errors.ts'

/** A request to the API that failed, with the API's own words. */
export class KubernetesError extends StatelabError {
  override readonly name = 'KubernetesError'
  /** The HTTP status; `undefined` when no answer came: nothing listens, the connection broke. */
  readonly status: number | undefined

  constructor(message: string, facts: { readonly status?: number | undefined; readonly cause?: unknown } = {}) {
    super('kubernetes-failed', message, { cause: facts.cause })
    this.status = facts.status
  }
}

/** True when the API server did not answer, or said that it is not ready: normal while it starts, a failure later. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof KubernetesError && (error.status === undefined || error.status === 503)
}

/** True when the API answered, and the answer is that there is no such object. */
export function isNotFound(error: unknown): boolean {
  return error instanceof KubernetesError && error.status === 404
}

/** True when a watch asked for a version that the server has forgotten: only a new list helps. */
export function isExpired(error: unknown): boolean {
  return error instanceof KubernetesError && error.status === 410
}
