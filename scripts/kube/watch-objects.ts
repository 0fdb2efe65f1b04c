import { setTimeout as delay } from 'node:timers/promises'
import type { KubernetesListObject, KubernetesObject, V1Status } from '@kubernetes/client-node'
import type { WatchEvent } from './kube.ts'
import { isExpired, isUnreachable, KubernetesError } from './kubernetes-error.ts'
import { parse, type Transport, WATCH_SILENCE_MS } from './transport.ts'

/** Between a connection that ended and the next: long enough not to spin while the API server restarts. */
const RECONNECT_MS = 200

type Line<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: T }
  | { readonly type: 'ERROR'; readonly object: V1Status }

interface Source {
  readonly transport: Transport
  readonly path: string
  readonly query: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/**
 * List, then watch from the list's version. A closed connection is taken up where it ended; when the server no longer
 * has that version (410 Gone) everything is listed again and only the differences are told. A failure of the first
 * list is thrown; later the API server may be away for a while, as when its node restarts.
 */
export async function* watchObjects<T extends KubernetesObject>(source: Source): AsyncGenerator<WatchEvent<T>> {
  const known = new Map<string, T>()
  let listedBefore = false
  for (;;) {
    try {
      const list = await source.transport.json<KubernetesListObject<T>>({ ...source, method: 'GET' })
      yield* differences(known, list.items)
      yield { type: 'synced' }
      listedBefore = true
      yield* follow(source, known, list.metadata?.resourceVersion ?? '')
    } catch (error) {
      if (source.signal.aborted) return
      if (!isExpired(error) && !(listedBefore && isUnreachable(error))) throw error
      await pause(source.signal)
    }
    if (source.signal.aborted) return
  }
}

/** Follows changes over as many connections as it takes. Ends by throwing. */
async function* follow<T extends KubernetesObject>(
  source: Source,
  known: Map<string, T>,
  since: string,
): AsyncGenerator<WatchEvent<T>> {
  let resourceVersion = since
  for (;;) {
    const query = { ...source.query, watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: '300', resourceVersion }
    try {
      for await (const line of source.transport.lines({ ...source, method: 'GET', query, silenceMs: WATCH_SILENCE_MS })) {
        const event = parse<Line<T>>(line)
        if (event.type === 'ERROR')
          throw new KubernetesError(event.object.message ?? 'the watch failed', { status: event.object.code })
        resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion
        if (event.type !== 'BOOKMARK') yield remember(known, event.type, event.object)
      }
    } catch (error) {
      if (source.signal.aborted || !isUnreachable(error)) throw error
    }
    await pause(source.signal)
  }
}

function remember<T extends KubernetesObject>(
  known: Map<string, T>,
  type: 'ADDED' | 'MODIFIED' | 'DELETED',
  object: T,
): WatchEvent<T> {
  if (type === 'DELETED') {
    known.delete(keyOf(object))
    return { type: 'deleted', object }
  }
  known.set(keyOf(object), object)
  return { type: type === 'ADDED' ? 'added' : 'modified', object }
}

/** What a new list says that the last one did not; for the first list, everything. */
function* differences<T extends KubernetesObject>(known: Map<string, T>, items: readonly T[]): Generator<WatchEvent<T>> {
  const present = new Set(items.map(keyOf))
  for (const [key, object] of [...known]) {
    if (present.has(key)) continue
    known.delete(key)
    yield { type: 'deleted', object }
  }
  for (const object of items) {
    const before = known.get(keyOf(object))
    if (before?.metadata?.resourceVersion === object.metadata?.resourceVersion && before) continue
    known.set(keyOf(object), object)
    yield { type: before ? 'modified' : 'added', object }
  }
}

/** The UID: an object made again under the same name is another one. */
function keyOf({ metadata }: KubernetesObject): string {
  return metadata?.uid ?? `${metadata?.namespace}/${metadata?.name}`
}

async function pause(signal: AbortSignal): Promise<void> {
  await delay(RECONNECT_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
}
