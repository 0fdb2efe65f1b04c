import type { Text } from '../text.ts'
import { aroundDisturbance } from './around-disturbance.ts'
import { type Check, type CheckContext, type Finding, say } from './check.ts'

/** A check whose object can prove, from what is stored, since when it has been true. */
export interface Lasting extends Check {
  /** @returns the proof that this was true before the moment already; `undefined` when it cannot be proven. */
  provenSince?(context: CheckContext, moment: Date): Promise<Finding | undefined>
}

/** What a disturbance did. With `undo` things are not yet as they were: whoever disturbs calls it once it has looked. */
export type Disturbed = Finding & { readonly undo?: (context: CheckContext) => Promise<void> }

/** Something that is done to a running system, to see what it withstands. */
export interface Disturbance {
  readonly id: string
  /** As a sentence: "Pod data-0 was deleted". */
  readonly title: Text
  /**
   * Does it and waits until things are back. Met: it really happened, and what must stay the same did. It never touches
   * what could not come back, and restores what it changed also when it is interrupted.
   */
  run(context: CheckContext): Promise<Disturbed>
  /** Evidence that it has happened before: `since` is the moment after which nothing of the time before was left but what is stored. */
  proven?(context: CheckContext): Promise<{ readonly finding: Finding; readonly since: Date } | undefined>
}

/**
 * The heart of the labs: something is true, a disturbance happens, and it is still true.
 * @param what must be met before, and again within `timeoutMs` after things are back; a settled no is not waited for.
 * @param options.timeoutMs default 90 s: a Redis replica gives a lost connection up to 60 s before it tries again.
 */
export function survives(what: Lasting, disturbance: Disturbance, options: { readonly timeoutMs?: number } = {}): Check {
  const { timeoutMs = 90_000 } = options
  return {
    id: `survives/${disturbance.id}/${what.id}`,
    kind: 'probe',
    title: {
      en: `${what.title.en}, also after ${lowerFirst(disturbance.title.en)}`,
      zh: `${disturbance.title.zh}之后，${what.title.zh}`,
    },

    run: (context) =>
      aroundDisturbance(context, { before: what, disturbance, after: what, timeoutMs }, ({ disturbed, after }) => ({
        ...after,
        message: after.met
          ? say(context, { en: `${disturbed.message}; then ${after.message}`, zh: `${disturbed.message}；之后 ${after.message}` })
          : say(context, {
              en: `after ${lowerFirst(disturbance.title.en)}: ${after.message}`,
              zh: `${disturbance.title.zh}之后：${after.message}`,
            }),
        evidence: [...disturbed.evidence, ...after.evidence],
      })),

    async proven(context) {
      const disturbed = await disturbance.proven?.(context)
      if (!disturbed?.finding.met) return undefined
      const now = await what.run(context)
      const before = now.met ? await what.provenSince?.(context, disturbed.since) : undefined
      if (!before?.met) return undefined
      return {
        met: true,
        message: say(context, {
          en: `${disturbed.finding.message}; before it ${before.message}; then ${now.message}`,
          zh: `${disturbed.finding.message}；之前 ${before.message}；之后 ${now.message}`,
        }),
        evidence: [...disturbed.finding.evidence, ...before.evidence, ...now.evidence],
      }
    },
  }
}

/** For a title in the middle of a sentence: names of kinds stay as they are. */
export function lowerFirst(text: string): string {
  return /^(Pod|PVC|PV|Service|StatefulSet)\b/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1)
}
