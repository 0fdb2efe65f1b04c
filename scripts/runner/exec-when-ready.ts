import { setTimeout as delay } from 'node:timers/promises'
import type { V1Pod } from '@kubernetes/client-node'
import { describePod } from '../kube/describe.ts'
import { explainPod } from '../kube/explain.ts'
import type { ExecResult, Kube } from '../kube/kube.ts'
import { isReady, readyCondition } from '../kube/ready.ts'
import { waitFor } from '../kube/wait-for.ts'
import type { Text } from '../text.ts'
import type { Observation } from '../wait/poll.ts'

const READY_MS = 120_000
/** Ready without a readiness probe means that the containers run: what a program asks for may be there this much later. */
const STARTING_MS = 10_000
const AGAIN_MS = 500

type Target = Parameters<Kube['exec']>[0]

/**
 * Runs a program in a Pod, once that is ready; again, when it fails while the Pod may still be starting. A person would
 * do the same.
 * @returns what came of it, also of a failure.
 * @throws {StatelabError} `timed-out` when the Pod does not get ready, with why; the signal's reason.
 */
export async function execWhenReady(
  kube: Kube,
  target: Target,
  program: readonly string[],
  signal: AbortSignal,
): Promise<ExecResult> {
  const started = readySince(await untilReady(kube, target, signal)) + STARTING_MS
  for (;;) {
    const result = await kube.exec(target, program, { signal })
    if (result.exitCode === 0 || Date.now() >= started) return result
    await delay(AGAIN_MS, undefined, { signal })
  }
}

/** In ms; 0 when that is not known. */
function readySince(pod: V1Pod): number {
  return readyCondition(pod)?.lastTransitionTime?.getTime() ?? 0
}

/** What a learner sees at a glance, a program has to wait for. */
async function untilReady(kube: Kube, { namespace, name }: Target, signal: AbortSignal): Promise<V1Pod> {
  const look = (found: V1Pod | undefined): Observation<V1Pod> => {
    if (found && isReady(found)) return { value: found, seen: '' }
    return { seen: found ? `Pod ${name} ${describePod(found).en}` : `there is no Pod ${name}` }
  }
  const explain = (within: AbortSignal): Promise<Text> => explainPod(kube, { namespace, name }, within)
  return waitFor(kube, { apiVersion: 'v1', kind: 'Pod', namespace, name }, look, {
    what: { en: `Pod ${name} is ready`, zh: `Pod ${name} 就绪` },
    timeoutMs: READY_MS,
    signal,
    explain,
  })
}
