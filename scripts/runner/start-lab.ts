import { join } from 'node:path'
import type { KubernetesObject, V1Namespace } from '@kubernetes/client-node'
import type { Lab } from '../catalog/lab.ts'
import { badInput } from '../errors.ts'
import { loadManifests } from '../kube/manifests.ts'
import { untilGone, waitFor } from '../kube/wait-for.ts'
import { type LabContext, namespaceOf, stepId } from './lab-context.ts'
import { LAB_LABEL, labNamespace, type LabState, startedVariant, STATE_ANNOTATION, VARIANT_ANNOTATION } from './lab-state.ts'
import { withServerAddress } from './server-address.ts'
import { inStep } from './step.ts'
import { inLanguage, type Language, type Text } from '../text.ts'

const TIMEOUT_MS = 60_000
/** Until every start manifest is applied: a start that was cut off is made whole by the next. */
const UNFINISHED = 'starting'

export interface StartLabOptions {
  /** One of the lab's variants. Default: the one that was started before, else the first. */
  readonly variant?: string | undefined
}

/**
 * Makes the lab's namespace and applies its start manifests. A lab that was started is left as it is, whatever a learner
 * has changed or repaired since: only a reset begins anew.
 * @throws {StatelabError} `bad-input` for a variant that the lab does not have.
 */
export async function startLab(lab: Lab, context: LabContext, options: StartLabOptions = {}): Promise<void> {
  assertVariant(lab, options.variant)
  const { environment, signal, emit, language, parent } = context
  const { kube } = environment
  await inStep(emit, { id: stepId(lab, context, 'start'), title: titleOf(lab, language), parent, language }, async (progress) => {
    const name = namespaceOf(lab)
    const before = await labNamespace(kube, lab, signal)
    const variant = options.variant ?? (await startedVariant(kube, lab, signal))
    if (before?.metadata?.deletionTimestamp) {
      await untilGone(kube, { apiVersion: 'v1', kind: 'Namespace', name }, { timeoutMs: TIMEOUT_MS, signal, onSeen: progress })
    }
    const state = before?.metadata?.deletionTimestamp ? undefined : before?.metadata?.annotations?.[STATE_ANNOTATION]
    if (state !== undefined && state !== UNFINISHED) {
      const asItIs: Text = { en: 'it was started before, and is left as it is', zh: '之前已经开始，保持原样' }
      return { value: undefined, outcome: 'skipped', detail: inLanguage(asItIs, language) }
    }
    await kube.apply([namespaceFor(lab, variant)], { signal })
    // A Pod that is made before its namespace has this account is refused.
    await waitFor(
      kube,
      { apiVersion: 'v1', kind: 'ServiceAccount', namespace: name, name: 'default' },
      (account) => (account ? { value: true, seen: '' } : { seen: 'no ServiceAccount default' }),
      {
        what: { en: `namespace ${name} is ready`, zh: `命名空间 ${name} 就绪` },
        timeoutMs: TIMEOUT_MS,
        signal,
        onSeen: progress,
      },
    )
    const { value: objects } = await withServerAddress(await startManifests(lab, variant), environment.nfs, signal)
    await kube.apply(objects, { namespace: name, signal })
    const started = { metadata: { annotations: { [STATE_ANNOTATION]: 'started' satisfies LabState } } }
    await kube.patch({ apiVersion: 'v1', kind: 'Namespace', name }, started, signal)
    const given = objects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`).join(', ')
    const namespace = inLanguage({ en: `namespace ${name}`, zh: `命名空间 ${name}` }, language)
    return { value: undefined, detail: `${namespace}${given && `: ${given}`}` }
  })
}

function titleOf({ id, title }: Lab, language: Language): string {
  return inLanguage({ en: `Start ${id}: ${title.en}`, zh: `开始 ${id}：${title.zh}` }, language)
}

/** What a lab begins with. */
export async function startManifests(lab: Lab, variant: string | undefined): Promise<KubernetesObject[]> {
  const folders = [join(lab.folder, 'start'), ...(variant === undefined ? [] : [join(lab.folder, 'start', variant)])]
  return (await Promise.all(folders.map(loadManifests))).flat()
}

/** @throws {StatelabError} `bad-input` for a variant that the lab does not have. */
export function assertVariant(lab: Lab, variant: string | undefined): void {
  if (variant === undefined || lab.variants?.includes(variant)) return
  const name = JSON.stringify(variant)
  throw badInput(
    { en: `lab ${lab.id} has no variant ${name}`, zh: `实验 ${lab.id} 没有变体 ${name}` },
    lab.variants
      ? { en: `its variants: ${lab.variants.join(', ')}`, zh: `它的变体：${lab.variants.join('、')}` }
      : { en: 'it has no variants', zh: '它没有变体' },
  )
}

function namespaceFor(lab: Lab, variant: string | undefined): V1Namespace {
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
      annotations: { [STATE_ANNOTATION]: UNFINISHED, ...(variant !== undefined && { [VARIANT_ANNOTATION]: variant }) },
    },
  }
}
