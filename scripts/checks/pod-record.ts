import type { V1Pod } from '@kubernetes/client-node'
import { isReady } from '../kube/ready.ts'
import { type Change, startWatching, type WaitOptions } from '../kube/watching.ts'
import type { Observation } from '../wait/poll.ts'
import type { CheckContext } from './check.ts'

/** What happened to one Pod of a StatefulSet, and when the watch told it. */
export interface PodMoment {
  readonly at: Date
  readonly pod: string
  readonly ordinal: number
  readonly uid: string
  /** `there`: at the beginning already; a `ready` follows if it was. `ending`: its deletion was asked for. */
  readonly what: 'there' | 'created' | 'ready' | 'unready' | 'ending' | 'gone'
}

/** The history of a StatefulSet's Pods since before something is done to it. */
export interface PodRecord extends AsyncDisposable {
  /** Everything since the beginning, in the order in which it happened. */
  readonly moments: readonly PodMoment[]
  /** The StatefulSet's Pods as last told, by ordinal. */
  readonly pods: readonly V1Pod[]
  /** Looks at the Pods now and after each change, until the observation carries a value. As `Watching.until`. */
  until<R>(look: (pods: readonly V1Pod[]) => Observation<R>, options: WaitOptions): Promise<R>
}

/**
 * Begins to record what happens to a StatefulSet's Pods. The API tells changes in their real order, so what is said to
 * have come after something did, however busy the machine is.
 */
export async function recordPods({ kube, namespace, signal }: CheckContext, set: string): Promise<PodRecord> {
  const watching = await startWatching<V1Pod>(kube, { apiVersion: 'v1', kind: 'Pod', namespace }, signal)
  // One look at both: what has changed since the watch began is in the objects already.
  const initial = { at: new Date(), pods: [...watching.objects], told: watching.changes.length }
  const ofSet = (pods: readonly V1Pod[]): readonly V1Pod[] =>
    pods.filter((pod) => ordinalOf(pod, set) !== undefined).sort((a, b) => (ordinalOf(a, set) ?? 0) - (ordinalOf(b, set) ?? 0))
  return {
    get moments() {
      return momentsOf(set, initial, watching.changes.slice(initial.told))
    },
    get pods() {
      return ofSet(watching.objects)
    },
    until: (look, options) => watching.until((pods) => look(ofSet(pods)), options),
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  }
}

/** What a watch told, as moments of a StatefulSet's Pods. */
export function momentsOf(
  set: string,
  initial: { readonly at: Date; readonly pods: readonly V1Pod[] },
  changes: readonly Change<V1Pod>[],
): PodMoment[] {
  const moments: PodMoment[] = []
  const states = new Map<string, { ready: boolean; ending: boolean }>()
  const tell = (at: Date, pod: V1Pod, what: PodMoment['what']): void => {
    const { name: podName = '', uid = '' } = pod.metadata ?? {}
    moments.push({ at, pod: podName, ordinal: ordinalOf(pod, set) ?? 0, uid, what })
  }
  const look = (at: Date, pod: V1Pod, birth: 'there' | 'created'): void => {
    const uid = pod.metadata?.uid ?? ''
    if (!states.has(uid)) tell(at, pod, birth)
    const before = states.get(uid) ?? { ready: false, ending: false }
    const now = { ready: isReady(pod), ending: pod.metadata?.deletionTimestamp !== undefined }
    if (now.ready !== before.ready && !now.ending) tell(at, pod, now.ready ? 'ready' : 'unready')
    if (now.ending && !before.ending) tell(at, pod, 'ending')
    states.set(uid, now)
  }
  for (const pod of initial.pods) if (ordinalOf(pod, set) !== undefined) look(initial.at, pod, 'there')
  for (const { at, type, object } of changes) {
    if (ordinalOf(object, set) === undefined) continue
    if (type !== 'deleted') look(at, object, 'created')
    else {
      if (!states.get(object.metadata?.uid ?? '')?.ending) tell(at, object, 'ending')
      tell(at, object, 'gone')
    }
  }
  return moments
}

/** The number in the name of a StatefulSet's Pod; `undefined` for a Pod of something else. */
export function ordinalOf({ metadata }: V1Pod, set: string): number | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller)
  if (owner?.kind !== 'StatefulSet' || owner.name !== set) return undefined
  const [, ordinal] = /-(\d+)$/.exec(metadata?.name ?? '') ?? []
  return ordinal === undefined ? undefined : Number(ordinal)
}
