import { orWhenTimedOut } from '../wait/deadline.ts'
import { poll } from '../wait/poll.ts'
import { type Check, type CheckContext, type Finding, say } from './check.ts'

/** Reads again this often: what a check reads behind the API (a Redis that loads its dump) sends no event. */
const INTERVAL_MS = 250

/**
 * Repeats a check until it is met, or unmet for good.
 * @returns the last finding, also when it is still unmet after `timeoutMs`.
 */
export async function untilMet(what: Check, context: CheckContext, timeoutMs: number): Promise<Finding> {
  const { signal, progress: onSeen } = context
  let last: Finding | undefined
  return orWhenTimedOut(
    poll(
      async (limit) => {
        last = await what.run({ ...context, signal: limit })
        return last.met || last.settled ? { value: last, seen: last.message } : { seen: last.message }
      },
      { what: say(context, what.title), intervalMs: INTERVAL_MS, timeoutMs, signal, onSeen },
    ),
    (error) => last ?? Promise.reject(error),
  )
}
