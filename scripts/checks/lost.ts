import { type Check, say } from './check.ts'
import { restoring } from './restoring.ts'
import { type Disturbance, lowerFirst } from './survives.ts'
import { untilMet } from './until-met.ts'

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
    async run(context) {
      const before = await what.run(context)
      if (!before.met) {
        const message = say(context, {
          en: `nothing was disturbed, because before it: ${before.message}`,
          zh: `没有做任何干扰，因为在此之前：${before.message}`,
        })
        return { ...before, message }
      }
      const { undo, ...disturbed } = await disturbance.run(context)
      const evidence = [...before.evidence, ...disturbed.evidence]
      if (!disturbed.met) return { ...disturbed, evidence }
      const after = await restoring(
        () => untilMet(gone, context, timeoutMs),
        async (signal) => undo?.({ ...context, signal }),
      )
      return {
        met: after.met,
        message: say(context, {
          en: `${before.message}; ${disturbed.message}; then ${after.message}`,
          zh: `${before.message}；${disturbed.message}；之后 ${after.message}`,
        }),
        evidence: [...evidence, ...after.evidence],
      }
    },
  }
}
