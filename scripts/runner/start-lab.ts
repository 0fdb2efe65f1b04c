import { join } from 'node:path'
import type { V1Namespace } from '@kubernetes/client-node'
import type { Lab } from '../catalog/lab.ts'
import { badInput } from '../errors.ts'
import { loadManifests } from '../kube/manifests.ts'
import { untilGone, waitFor } from '../kube/wait-for.ts'
import { type LabContext, namespaceOf, stepId } from './lab-context.ts'
import { LAB_LABEL, labNamespace, startedVariant, STATE_ANNOTATION, VARIANT_ANNOTATION } from './lab-state.ts'
import { inStep } from './step.ts'

const TIMEOUT_MS = 60_000

export interface StartLabOptions {
  /** One of the lab's variants. Default: the one that was started before, else the first. */
  readonly variant?: string | undefined
}

/**
 * Makes the lab's namespace and applies its start manifests. Safe to repeat: what a learner has done since is kept,
 * except changes to the start manifests' own objects.
 * @throws {StatelabError} `bad-input` for a variant that the lab does not have.
 */
export async function startLab(lab: Lab, context: LabContext, options: StartLabOptions = {}): Promise<void> {
  assertVariant(lab, options.variant)
  const { environment, signal, emit, language, parent } = context
  const { kube } = environment
  await inStep(
    emit,
    { id: stepId(lab, context, 'start'), title: `Start ${lab.id}: ${lab.title[language]}`, parent },
    async (progress) => {
      const name = namespaceOf(lab)
      const before = await labNamespace(kube, lab, signal)
      const variant = options.variant ?? (await startedVariant(kube, lab, signal))
      if (before?.metadata?.deletionTimestamp) {
        await untilGone(kube, { apiVersion: 'v1', kind: 'Namespace', name }, { timeoutMs: TIMEOUT_MS, signal, onSeen: progress })
      }
      await kube.apply([namespaceFor(lab, before, variant)], { signal })
      // A Pod that is made before its namespace has this account is refused.
      await waitFor(
        kube,
        { apiVersion: 'v1', kind: 'ServiceAccount', namespace: name, name: 'default' },
        (account) => (account ? { value: true, seen: '' } : { seen: 'no ServiceAccount default' }),
        {
          what: `namespace ${name} is ready`,
          timeoutMs: TIMEOUT_MS,
          signal,
          onSeen: progress,
        },
      )
      const folders = [join(lab.folder, 'start'), ...(variant === undefined ? [] : [join(lab.folder, 'start', variant)])]
      const objects = (await Promise.all(folders.map(loadManifests))).flat()
      await kube.apply(objects, { namespace: name, signal })
      const given = objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`).join(', ')
      return { value: undefined, detail: `namespace ${name}${given && `: ${given}`}` }
    },
  )
}

function assertVariant(lab: Lab, variant: string | undefined): void {
  if (variant === undefined || lab.variants?.includes(variant)) return
  const fix = lab.variants ? `its variants: ${lab.variants.join(', ')}` : 'it has no variants'
  throw badInput(`lab ${lab.id} has no variant ${JSON.stringify(variant)}`, fix)
}

function namespaceFor(lab: Lab, before: V1Namespace | undefined, variant: string | undefined): V1Namespace {
  const kept = before?.metadata?.deletionTimestamp ? undefined : before?.metadata?.annotations?.[STATE_ANNOTATION]
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: namespaceOf(lab),
      labels: {
        [LAB_LABEL]: lab.id,
        'app.kubernetes.io/managed-by': 'statelab',
        // Nearly no lab needs privileges; a manifest from the web that asks for them is refused with the reason.
        'pod-security.kubernetes.io/enforce': lab.podSecurity ?? 'baseline',
      },
      annotations: { [STATE_ANNOTATION]: kept ?? 'started', ...(variant !== undefined && { [VARIANT_ANNOTATION]: variant }) },
    },
  }
}
