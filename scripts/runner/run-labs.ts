import type { Lab } from '../catalog/lab.ts'
import { fixOf, messageOf, StatelabError } from '../errors.ts'
import { type Text, inLanguage } from '../text.ts'
import { cleanupSignal } from '../wait/deadline.ts'
import { cleanLab } from './clean-lab.ts'
import type { LabContext } from './lab-context.ts'
import type { LabResult } from './result.ts'
import { runLab } from './run-lab.ts'
import { scheduleLabs } from './schedule-labs.ts'

export interface RunLabsOptions {
  /** How many labs run at once. Default 1. */
  readonly parallel?: number
  /** Begins no further lab once one has failed. */
  readonly failFast?: boolean
  /** The variants to run, by the ids of their labs. Default: the first of each. */
  readonly variants?: Readonly<Record<string, string>>
}

/**
 * Runs labs unattended, in one environment. A lab that breaks is a result like any other: the rest run all the same.
 * When the signal aborts, what the labs in work have left is removed.
 * @returns the results in the order of the labs.
 * @throws the signal's reason.
 */
export async function runLabs(labs: readonly Lab[], context: LabContext, options: RunLabsOptions = {}): Promise<LabResult[]> {
  const { parallel = 1, failFast = false, variants = {} } = options
  let failed: Lab | undefined
  return scheduleLabs(labs, {
    parallel,
    signal: context.signal,
    run: async (lab) => {
      if (failFast && failed) return notRun(lab, failed, context)
      const result = await runOne(lab, context, variants[lab.id])
      if (result.status !== 'passed' && result.status !== 'skipped') failed ??= lab
      return result
    },
  })
}

async function runOne(lab: Lab, context: LabContext, variant = lab.variants?.[0]): Promise<LabResult> {
  const startedAt = performance.now()
  try {
    return await runLab(lab, context, { variant })
  } catch (error) {
    if (context.signal.aborted) {
      // Should this fail, its step says so; the interruption stays the reason why the run has ended.
      await cleanLab(lab, { ...context, signal: cleanupSignal() }, 'clean-interrupted').catch(() => undefined)
      throw error
    }
    const durationMs = performance.now() - startedAt
    const reason = reasonOf(error, context)
    return { id: lab.id, ...(variant !== undefined && { variant }), status: 'error', durationMs, reason, tasks: [] }
  }
}

function reasonOf(error: unknown, { language }: LabContext): string {
  // A defect of the tool is of no use to anybody without the place where it happened.
  if (error instanceof Error && !(error instanceof StatelabError)) return error.stack ?? error.message
  return [messageOf(error, language), fixOf(error, language)].filter((part) => part !== undefined).join('\n')
}

function notRun({ id }: Lab, failed: Lab, { language }: LabContext): LabResult {
  const reason: Text = { en: `not run, because ${failed.id} has failed`, zh: `${failed.id} 未通过，因此没有运行` }
  return { id, status: 'skipped', durationMs: 0, reason: inLanguage(reason, language), tasks: [] }
}
