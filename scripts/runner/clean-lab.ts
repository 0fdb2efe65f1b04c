import { posix } from 'node:path'
import type { V1Namespace, V1PersistentVolume, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node'
import type { Lab } from '../catalog/lab.ts'
import type { Kube, ObjectRef } from '../kube/kube.ts'
import { untilGone } from '../kube/wait-for.ts'
import { startWatching, type Watching } from '../kube/watching.ts'
import { orWhenTimedOut } from '../wait/deadline.ts'
import { type LabContext, type LabEnvironment, namespaceOf, stepId } from './lab-context.ts'
import { labDirectories } from './lab-directories.ts'
import { labNamespace, startedVariant } from './lab-state.ts'
import { removeOwned, startNodes } from './owned.ts'
import { removeDirectories } from './remove-directories.ts'
import { assertVariant, startLab, type StartLabOptions } from './start-lab.ts'
import { inStep } from './step.ts'
import { inLanguage, type Text } from '../text.ts'

const TIMEOUT_MS = 120_000
/** A node that is there ends a Pod in this time; one that is not never does. */
const LEFT_OVER_MS = 8_000

/** Back to the state after `start`: nothing of the attempt is left. The variant stays, unless another is asked for. */
export async function resetLab(lab: Lab, context: LabContext, options: StartLabOptions = {}): Promise<void> {
  const { environment, signal } = context
  assertVariant(lab, options.variant)
  const variant = options.variant ?? (await startedVariant(environment.kube, lab, signal))
  await cleanLab(lab, context)
  await startLab(lab, context, { variant })
}

/**
 * Removes all of a lab: its namespace, its volumes, their directories on the export, and what it owns elsewhere. A lab
 * that was not started is clean already.
 * @param step names the step, where one command cleans a lab twice.
 * @throws {StatelabError} `timed-out` with what is still there and why.
 */
export async function cleanLab(lab: Lab, context: LabContext, step = 'clean'): Promise<void> {
  const { environment, signal, emit, language, parent } = context
  const { kube } = environment
  const say = (text: Text): string => inLanguage(text, language)
  await inStep(
    emit,
    {
      id: stepId(lab, context, step),
      title: say({ en: `Remove what ${lab.id} left`, zh: `清理 ${lab.id} 留下的东西` }),
      parent,
      language,
    },
    async (progress) => {
      const name = namespaceOf(lab)
      const ref = { apiVersion: 'v1', kind: 'Namespace', name }
      // A node that is off holds its Pods, and they hold the namespace.
      if (lab.exclusive) await startNodes(environment, signal, progress)
      if (!(await labNamespace(kube, lab, signal)) && !(await hasVolumes(kube, name, signal))) {
        const directories = await removeVolumeDirectories(lab, environment, [], signal)
        const removed = [...directories, ...(await removeOwned(lab, environment, signal, progress))]
        if (removed.length > 0) return { value: undefined, detail: removed.join(', ') }
        return { value: undefined, outcome: 'skipped', detail: say({ en: 'nothing there', zh: '没有留下任何东西' }) }
      }
      await using volumes = await startWatching<V1PersistentVolume>(kube, { apiVersion: 'v1', kind: 'PersistentVolume' }, signal)
      await kube.delete(ref, { signal })
      await deleteContents(kube, name, signal)
      const waiting = { timeoutMs: TIMEOUT_MS, signal, onSeen: progress }
      await Promise.all([
        untilGone(kube, ref, { ...waiting, explain: (within) => whyStillThere(kube, ref, within) }),
        untilVolumesGone(lab, kube, volumes, waiting),
      ])
      await removeVolumeDirectories(lab, environment, directoriesOf(volumes, name), signal)
      await removeOwned(lab, environment, signal, progress)
      return {
        value: undefined,
        detail: say({ en: `namespace ${name} and its volumes are gone`, zh: `命名空间 ${name} 及其存储卷已清除` }),
      }
    },
  )
}

/**
 * The namespace controller begins 5 s after the deletion, and gives Pods their full grace. Until then everything that
 * takes time is already under way: what made the Pods can make no new ones in a namespace that is ending.
 */
async function deleteContents(kube: Kube, namespace: string, signal: AbortSignal): Promise<void> {
  const [pods, claims] = await Promise.all([
    kube.list<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace }, signal),
    kube.list<V1PersistentVolumeClaim>({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace }, signal),
  ])
  const named = (kind: string, object: { metadata?: { name?: string } }): ObjectRef => ({
    apiVersion: 'v1',
    kind,
    namespace,
    name: object.metadata?.name ?? '',
  })
  await Promise.all([
    ...claims.map((claim) => kube.delete(named('PersistentVolumeClaim', claim), { signal })),
    ...pods.map((pod) => endPod(kube, named('Pod', pod), pod.metadata?.uid, signal)),
  ])
}

async function endPod(kube: Kube, ref: ObjectRef, uid: string | undefined, signal: AbortSignal): Promise<void> {
  await kube.delete(ref, { gracePeriodSeconds: 1, signal })
  await orWhenTimedOut(untilGone(kube, ref, { uid, timeoutMs: LEFT_OVER_MS, signal }), () =>
    kube.delete(ref, { gracePeriodSeconds: 0, signal }),
  )
}

interface Waiting {
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly onSeen: (seen: string) => void
}

/** The annotation of a volume that a provisioner made, and will delete. */
const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'

/** Also those whose namespace is gone: an earlier cleaning may have been cut off. */
async function hasVolumes(kube: Kube, namespace: string, signal: AbortSignal): Promise<boolean> {
  const volumes = await kube.list<V1PersistentVolume>({ apiVersion: 'v1', kind: 'PersistentVolume' }, signal)
  return volumes.some((volume) => belongsTo(volume, namespace))
}

/** A volume that was being made appears late. */
async function untilVolumesGone(lab: Lab, kube: Kube, volumes: Watching<V1PersistentVolume>, waiting: Waiting): Promise<void> {
  const namespace = namespaceOf(lab)
  // The provisioner of a class that is the lab's own went with the lab.
  const classes = lab.owns?.objects?.filter(({ kind }) => kind === 'StorageClass').map(({ name }) => name) ?? []
  const deleted = new Set<string>()
  const deletions: Promise<void>[] = []
  await volumes.until(
    (objects) => {
      const left = objects.filter((volume) => belongsTo(volume, namespace))
      for (const { metadata, spec, status } of left) {
        const name = metadata?.name ?? ''
        // Nobody else deletes a volume that is to be retained, that was made by hand, or whose deletion has failed.
        const manual =
          spec?.persistentVolumeReclaimPolicy !== 'Delete' ||
          !metadata?.annotations?.[PROVISIONED_BY] ||
          classes.includes(spec.storageClassName ?? '')
        const forsaken = status?.phase === 'Failed' || (status?.phase === 'Released' && manual)
        if (!forsaken || deleted.has(name)) continue
        deleted.add(name)
        deletions.push(kube.delete({ apiVersion: 'v1', kind: 'PersistentVolume', name }, { signal: waiting.signal }))
      }
      const seen = left
        .map(({ metadata, status }) => `PV ${metadata?.name} ${status?.phase}${status?.message ? `: ${status.message}` : ''}`)
        .join(', ')
      return left.length === 0 ? { value: true, seen: 'gone' } : { seen }
    },
    {
      what: { en: `the volumes of namespace ${namespace} are gone`, zh: `命名空间 ${namespace} 的存储卷被清除` },
      ...waiting,
    },
  )
  await Promise.all(deletions)
}

/** The directories of the namespace's volumes that there were at any time since the watch began, as the provisioner names them. */
function directoriesOf({ changes }: Watching<V1PersistentVolume>, namespace: string): string[] {
  const paths = changes.flatMap(({ object }) => (belongsTo(object, namespace) ? (object.spec?.nfs?.path ?? []) : []))
  return [...new Set(paths.map((path) => posix.basename(path)))].filter((directory) => directory.startsWith(`${namespace}-`))
}

/** As dynamic volumes are named. A volume that went before the lab is cleaned can be told by nothing else. */
const DYNAMIC = /-pvc-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Classes that retain or archive leave a directory behind on purpose; a lab leaves none.
 * @returns what there was.
 */
async function removeVolumeDirectories(
  lab: Lab,
  environment: LabEnvironment,
  directories: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const ours = new Set(directories.flatMap((directory) => [directory, `archived-${directory}`]))
  const left = (await labDirectories(lab, environment, signal)).filter((name) => ours.has(name) || DYNAMIC.test(name))
  return removeDirectories(left, environment, signal)
}

function belongsTo({ spec }: V1PersistentVolume, namespace: string): boolean {
  return spec?.claimRef?.namespace === namespace
}

/** The namespace controller says what it still finds, and which finalizers hold it. */
async function whyStillThere(kube: Kube, ref: ObjectRef, signal: AbortSignal): Promise<string | undefined> {
  const conditions = (await kube.get<V1Namespace>(ref, signal))?.status?.conditions ?? []
  const remaining = conditions.filter(({ type, status }) => status === 'True' && /Remaining|Failure/.test(type))
  return remaining.length === 0 ? undefined : remaining.map(({ message }) => message).join('; ')
}
