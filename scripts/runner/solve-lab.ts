import { join, relative } from 'node:path'
import type { V1Pod } from '@kubernetes/client-node'
import { fileOfStep } from '../catalog/lab-files.ts'
import type { Lab, SolutionStep } from '../catalog/lab.ts'
import type { Check, Finding } from '../checks/check.ts'
import { kubectl } from '../checks/facts.ts'
import { refOf } from '../checks/kinds.ts'
import { StatelabError } from '../errors.ts'
import { describePod, explainPod, isReady } from '../kube/describe.ts'
import type { Kube, ObjectRef } from '../kube/kube.ts'
import { loadManifest } from '../kube/manifests.ts'
import { untilGone, waitFor } from '../kube/wait-for.ts'
import { timedOut, withTimeout } from '../wait/deadline.ts'
import type { Observation } from '../wait/poll.ts'
import { changesIn } from './changes.ts'
import { checkContext, type LabContext, namespaceOf, stepId } from './lab-context.ts'
import { assertStarted } from './lab-state.ts'
import { inStep } from './step.ts'

/** A step as it was carried out. */
export interface SolvedStep {
  /** The command a learner types for the same, ready to paste. */
  readonly command: string
  readonly why: string
}

export interface SolveLabOptions {
  /** Stops after the steps of this task. */
  readonly to?: string
}

/**
 * Carries out the solution of a started lab, step by step.
 * @throws {StatelabError} `not-found` when the lab was not started, `bad-input` for an unknown task, `timed-out` with
 *   what was seen when a step does not have its effect, `operation-failed` when its command fails.
 */
export async function solveLab(lab: Lab, context: LabContext, options: SolveLabOptions = {}): Promise<SolvedStep[]> {
  await assertStarted(context.environment.kube, lab, context.signal)
  return carryOut(lab, stepsTo(lab, options.to), 'solution', context)
}

/** Carries out steps whose files are in the given folder. */
export async function carryOut(
  lab: Lab,
  steps: readonly SolutionStep[],
  from: 'solution' | 'wrong',
  context: LabContext,
): Promise<SolvedStep[]> {
  const solved: SolvedStep[] = []
  for (const [index, step] of steps.entries()) {
    const file = 'apply' in step ? await fileOfStep(lab, step.apply, from) : ''
    const command = commandOf(lab, step, file)
    const why = step.why[context.language]
    await inStep(
      context.emit,
      { id: stepId(lab, context, `${from}/${index + 1}`), title: command, parent: context.parent },
      async (progress) => {
        await carryOutStep(lab, step, file, context)
        if (step.until) await untilMet(lab, step.until, context, progress)
        return { value: undefined, detail: why }
      },
    )
    solved.push({ command, why })
  }
  return solved
}

function stepsTo(lab: Lab, to: string | undefined): readonly SolutionStep[] {
  if (to === undefined) return lab.solution
  const order = lab.tasks.map(({ id }) => id)
  const last = order.indexOf(to)
  if (last < 0)
    throw new StatelabError('bad-input', `lab ${lab.id} has no task ${JSON.stringify(to)}`, {
      fix: `its tasks: ${order.join(', ')}`,
    })
  let current = order[0] ?? ''
  return lab.solution.filter((step) => {
    current = step.task ?? current
    return order.indexOf(current) <= last
  })
}

function commandOf(lab: Lab, step: SolutionStep, file: string): string {
  const namespace = { namespace: namespaceOf(lab) }
  if ('apply' in step) return kubectl(namespace, 'apply', '-f', shownPath(lab, file))
  if ('exec' in step) return kubectl(namespace, 'exec', step.exec.pod, '--', ...step.exec.command)
  return kubectl(namespace, 'delete', step.delete.kind.toLowerCase(), step.delete.name)
}

/** From the folder above the labs' own, which for the labs that come with statelab is the checkout: `labs/20-x/solution/y.yaml`. */
function shownPath(lab: Lab, file: string): string {
  return relative(join(lab.folder, '..', '..'), file)
}

async function carryOutStep(
  lab: Lab,
  step: SolutionStep,
  file: string,
  { environment: { kube }, signal }: LabContext,
): Promise<void> {
  const namespace = namespaceOf(lab)
  if ('apply' in step) return kube.apply(await loadManifest(file), { namespace, signal })
  if ('delete' in step) return deleteAndWait(kube, refOf(step.delete.kind, step.delete.name, namespace), signal)
  const { pod, command } = step.exec
  await untilReady(kube, { namespace, name: pod }, signal)
  const { exitCode, stdout, stderr } = await kube.exec({ namespace, name: pod }, command, { signal })
  if (exitCode === 0) return
  throw new StatelabError(
    'operation-failed',
    `${commandOf(lab, step, file)} exited with ${exitCode}: ${(stderr || stdout).trim()}`,
  )
}

/** What a learner sees at a glance, a program has to wait for. */
async function untilReady(
  kube: Kube,
  pod: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  const look = (found: V1Pod | undefined): Observation<true> => {
    if (found && isReady(found)) return { value: true, seen: '' }
    return { seen: found ? `Pod ${pod.name} ${describePod(found)}` : `there is no Pod ${pod.name}` }
  }
  const explain = (within: AbortSignal): Promise<string> => explainPod(kube, pod, within)
  await waitFor(kube, { apiVersion: 'v1', kind: 'Pod', ...pod }, look, {
    what: `Pod ${pod.name} is ready`,
    timeoutMs: EFFECT_MS,
    signal,
    explain,
  })
}

/** As kubectl does: until that very object is gone. */
async function deleteAndWait(kube: Kube, ref: ObjectRef, signal: AbortSignal): Promise<void> {
  const uid = (await kube.get(ref, signal))?.metadata?.uid
  await kube.delete(ref, { signal })
  if (uid !== undefined) await untilGone(kube, ref, { uid, timeoutMs: EFFECT_MS, signal })
}

const EFFECT_MS = 120_000
const IDLE_MS = 500

/** Looks again after each change in the namespace, until the step has had its effect. */
async function untilMet(lab: Lab, check: Check, context: LabContext, progress: (line: string) => void): Promise<void> {
  const { kube } = context.environment
  const limit = withTimeout(context.signal, EFFECT_MS)
  let last: Finding | undefined
  try {
    for await (const _change of changesIn(kube, namespaceOf(lab), { idleMs: IDLE_MS, signal: limit })) {
      last = await check.run(checkContext(lab, { ...context, signal: limit }, progress))
      if (last.met) return
      progress(last.message)
    }
  } catch (error) {
    if (!limit.aborted) throw error
  }
  context.signal.throwIfAborted()
  throw timedOut(check.title[context.language], EFFECT_MS, last?.message ?? 'nothing')
}
