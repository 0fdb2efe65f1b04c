import type { Lab } from '../catalog/lab.ts'
import { changesIn } from './changes.ts'
import { checkLab } from './check-lab.ts'
import { type LabContext, namespaceOf } from './lab-context.ts'
import type { LabResult } from './result.ts'

const IDLE_MS = 2_000

/**
 * Repeats the observations whenever something in the lab changes; probes are left to the learner, whose own deletion
 * counts. Yields the first result, then each that differs from the one before. Ends when the signal aborts.
 */
export async function* watchLab(lab: Lab, context: LabContext): AsyncGenerator<LabResult> {
  const { environment, signal } = context
  let shown = ''
  for await (const _change of changesIn(environment.kube, namespaceOf(lab), { idleMs: IDLE_MS, signal })) {
    try {
      const result = await checkLab(lab, { ...context, emit: () => {} }, { probes: false })
      const face = faceOf(result)
      if (face === shown) continue
      shown = face
      yield result
    } catch (error) {
      if (signal.aborted) return
      throw error
    }
  }
}

/** What a person would notice of a result: not how long it took. */
function faceOf({ tasks }: LabResult): string {
  return JSON.stringify(tasks.flatMap(({ checks }) => checks.map(({ id, status, message }) => [id, status, message])))
}
