import type { ProgressEvent } from '../events.ts'
import { timedOut } from '../wait/deadline.ts'

/** The limit that `--timeout` sets for a whole command. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Told all progress, so that the error can say what was going on when time ran out. */
  readonly handle: (event: ProgressEvent) => void
  clear(): void
}

/** @param timeoutMs no limit when left out. */
export function commandDeadline(parent: AbortSignal, timeoutMs: number | undefined, verb: string): Deadline {
  if (timeoutMs === undefined) return { signal: parent, handle: () => {}, clear: () => {} }
  const controller = new AbortController()
  const running = new Map<string, { readonly title: string; line: string | undefined }>()
  const timer = setTimeout(() => controller.abort(timedOut(`statelab ${verb}`, timeoutMs, lastSeen(running.values()))), timeoutMs)
  return {
    signal: AbortSignal.any([parent, controller.signal]),
    handle: (event) => {
      if (event.type === 'step-started') running.set(event.id, { title: event.title, line: undefined })
      if (event.type === 'step-finished') running.delete(event.id)
      const step = event.type === 'step-progress' ? running.get(event.id) : undefined
      if (step && event.type === 'step-progress') step.line = event.line
    },
    clear: () => clearTimeout(timer),
  }
}

/** The innermost steps began last. */
function lastSeen(running: Iterable<{ readonly title: string; readonly line: string | undefined }>): string {
  const last = [...running].at(-1)
  if (!last) return 'nothing yet'
  return last.line === undefined ? last.title : `${last.title}: ${last.line}`
}
