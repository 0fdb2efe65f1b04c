import type { Lab } from '../catalog/lab.ts'
import { changesIn } from './changes.ts'
import { checkLab } from './check-lab.ts'
import { type LabContext, namespaceOf } from './lab-context.ts'
import { StatelabError } from '../errors.ts'
import type { CheckResult, LabResult } from './result.ts'

const IDLE_MS = 2_000

export interface WatchLabOptions {
  /** As for `checkLab`; read anew at every look. */
  readonly shown?: ReadonlyMap<string, CheckResult>
}

/**
 * Repeats the observations whenever something in the lab changes; probes are left to the learner, whose own deletion
 * counts. Yields the first result, then each that differs from the one before. Ends when the signal aborts.
 */
export async function* watchLab(
  lab: Lab,
  context: LabContext,
  { shown = new Map() }: WatchLabOptions = {},
): AsyncGenerator<LabResult> {
  const { environment, signal } = context
  let last = ''
  for await (const _change of changesIn(environment.kube, namespaceOf(lab), { idleMs: IDLE_MS, signal })) {
    try {
      const result = await checkLab(lab, { ...context, emit: () => {} }, { probes: false, shown })
      const face = faceOf(result)
      if (face === last) continue
      last = face
      yield result
    } catch (error) {
      if (signal.aborted) return
      // A reset in another terminal takes the lab away for a few seconds.
      const isAway = last !== '' && error instanceof StatelabError && error.code === 'not-found'
      if (!isAway) throw error
    }
  }
}

/** What a person would notice of a result: not how long it took. */
function faceOf({ tasks }: LabResult): string {
  return JSON.stringify(tasks.flatMap(({ checks }) => checks.map(({ id, status, message }) => [id, status, message])))
}
