import { type Check, type CheckContext, type Finding, say } from './check.ts'
import { restoring } from './restoring.ts'
import type { Disturbance } from './survives.ts'
import { untilMet } from './until-met.ts'

/** What is looked at before a disturbance and after it. */
export interface Around {
  /** Must be met before: else nothing is disturbed. */
  readonly before: Check
  readonly disturbance: Disturbance
  /** Must be met after it, within `timeoutMs`. */
  readonly after: Check
  readonly timeoutMs: number
}

/** What was seen: the first two are met, the last may be either. */
export interface Seen {
  readonly before: Finding
  readonly disturbed: Finding
  readonly after: Finding
}

/**
 * Looks, disturbs, looks again, and undoes what is to be undone.
 * @returns what `tell` makes of the three findings; where it did not come to the last look, why.
 */
export async function aroundDisturbance(
  context: CheckContext,
  { before: what, disturbance, after: then, timeoutMs }: Around,
  tell: (seen: Seen) => Finding,
): Promise<Finding> {
  const before = await what.run(context)
  if (!before.met) {
    const message = say(context, {
      en: `nothing was disturbed, because before it: ${before.message}`,
      zh: `没有做任何干扰，因为在此之前：${before.message}`,
    })
    return { ...before, message }
  }
  const { undo, ...disturbed } = await disturbance.run(context)
  if (!disturbed.met) return { ...disturbed, evidence: [...before.evidence, ...disturbed.evidence] }
  const after = await restoring(
    () => untilMet(then, context, timeoutMs),
    async (signal) => undo?.({ ...context, signal }),
  )
  return tell({ before, disturbed, after })
}
