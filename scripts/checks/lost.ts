import { aroundDisturbance } from './around-disturbance.ts'
import { type Check, say } from './check.ts'
import { type Disturbance, lowerFirst } from './survives.ts'

/**
 * The opposite of `survives`: something is there, a disturbance happens, and it is not there any more.
 * @param what must be met before.
 * @param disturbance is undone once it was looked.
 * @param gone must be met after it, within `timeoutMs`: that nothing can be seen is not enough.
 * @param options.timeoutMs default 20 s.
 */
export function lost(what: Check, disturbance: Disturbance, gone: Check, options: { readonly timeoutMs?: number } = {}): Check {
  const { timeoutMs = 20_000 } = options
  return {
    id: `lost/${disturbance.id}/${what.id}`,
    kind: 'probe',
    title: {
      en: `${gone.title.en}, after ${lowerFirst(disturbance.title.en)}`,
      zh: `${disturbance.title.zh}之后，${gone.title.zh}`,
    },
    run: (context) =>
      aroundDisturbance(context, { before: what, disturbance, after: gone, timeoutMs }, ({ before, disturbed, after }) => ({
        met: after.met,
        message: say(context, {
          en: `${before.message}; ${disturbed.message}; then ${after.message}`,
          zh: `${before.message}；${disturbed.message}；之后 ${after.message}`,
        }),
        evidence: [...before.evidence, ...disturbed.evidence, ...after.evidence],
      })),
  }
}
