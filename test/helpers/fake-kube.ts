import type { KubernetesObject } from '@kubernetes/client-node'
import type { ExecResult, Kube, ObjectQuery, ObjectRef, WatchEvent } from '../../scripts/kube/kube.ts'
import { KubernetesError } from '../../scripts/kube/kubernetes-error.ts'

type Exec = (pod: string, command: readonly string[]) => ExecResult | Promise<ExecResult>

/**
 * A cluster in memory, with the API's semantics as far as the engine relies on them: UIDs, resource versions, watches
 * that list first and miss nothing. It has no controllers; a test plays them in `onDelete`.
 */
export class FakeKube implements Kube {
  /** What was asked of it, in order: `delete Pod a`. */
  readonly calls: string[] = []
  /** What a controller does about a deletion. Default: nothing; the object is gone. */
  onDelete: (ref: ObjectRef, gracePeriodSeconds: number | undefined) => void = (ref) => this.remove(ref)
  /** What admission and controllers do about an object that is applied; throws to refuse it. Default: it is stored. */
  onApply: (object: KubernetesObject, dryRun: boolean) => void = (object, dryRun) => {
    if (!dryRun) this.put(object)
  }
  /** What programs in Pods answer. */
  onExec: Exec = (pod) => {
    throw new KubernetesError(`exec in Pod ${pod}: there is no such Pod or container`, { status: 404 })
  }
  serverVersion = 'v1.36.3'
  readonly #objects = new Map<string, KubernetesObject>()
  readonly #watchers = new Set<(event: WatchEvent<KubernetesObject>) => void>()
  #counter = 0

  constructor(...objects: KubernetesObject[]) {
    for (const object of objects) this.put(object)
  }

  /** How many watches are open: none may be left behind. */
  get watches(): number {
    return this.#watchers.size
  }

  /** Makes an object, or changes the one of its name: then its UID stays unless the new one says otherwise. */
  put<T extends KubernetesObject>(object: T): T & { readonly metadata: { readonly uid: string } } {
    const key = keyOf(refOf(object))
    const before = this.#objects.get(key)
    const uid = object.metadata?.uid ?? before?.metadata?.uid ?? `uid-${++this.#counter}`
    const stored = {
      ...object,
      metadata: { creationTimestamp: new Date(), ...object.metadata, uid, resourceVersion: `${++this.#counter}` },
    }
    if (before && before.metadata?.uid !== uid) this.#tell({ type: 'deleted', object: before })
    this.#objects.set(key, stored)
    this.#tell({ type: before && before.metadata?.uid === uid ? 'modified' : 'added', object: stored })
    return stored
  }

  /** What a test sees without asking. */
  peek<T extends KubernetesObject>(ref: ObjectRef): T | undefined {
    return this.#objects.get(keyOf(ref)) as T | undefined
  }

  remove(ref: ObjectRef): void {
    const object = this.#objects.get(keyOf(ref))
    if (!object) return
    this.#objects.delete(keyOf(ref))
    this.#tell({ type: 'deleted', object })
  }

  async get<T extends KubernetesObject>(ref: ObjectRef, signal: AbortSignal): Promise<T | undefined> {
    signal.throwIfAborted()
    return this.#objects.get(keyOf(ref)) as T | undefined
  }

  async list<T extends KubernetesObject>(query: ObjectQuery, signal: AbortSignal): Promise<T[]> {
    signal.throwIfAborted()
    return [...this.#objects.values()].filter((object) => matches(object, query)) as T[]
  }

  async *watch<T extends KubernetesObject>(query: ObjectQuery, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const queue: WatchEvent<KubernetesObject>[] = (await this.list(query, signal)).map((object) => ({ type: 'added', object }))
    queue.push({ type: 'synced' })
    let wake = Promise.withResolvers<void>()
    const watcher = (event: WatchEvent<KubernetesObject>): void => {
      if (event.type !== 'synced' && !matches(event.object, query)) return
      queue.push(event)
      wake.resolve()
    }
    const abort = (): void => wake.resolve()
    this.#watchers.add(watcher)
    signal.addEventListener('abort', abort)
    try {
      while (!signal.aborted) {
        while (queue.length > 0) yield queue.shift() as WatchEvent<T>
        if (signal.aborted) return
        wake = Promise.withResolvers()
        await wake.promise
      }
    } finally {
      this.#watchers.delete(watcher)
      signal.removeEventListener('abort', abort)
    }
  }

  async apply(
    objects: readonly KubernetesObject[],
    { namespace, dryRun = false, signal }: { namespace?: string; dryRun?: boolean; signal: AbortSignal },
  ): Promise<void> {
    signal.throwIfAborted()
    for (const object of objects) {
      this.calls.push(`${dryRun ? 'dry-run ' : ''}apply ${object.kind} ${object.metadata?.name}`)
      const scope = CLUSTER_WIDE.has(object.kind ?? '') ? {} : { namespace: object.metadata?.namespace ?? namespace ?? 'default' }
      this.onApply({ ...object, metadata: { ...object.metadata, ...scope } }, dryRun)
    }
  }

  async patch(ref: ObjectRef, patch: object, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.calls.push(`patch ${ref.kind} ${ref.name}`)
    const object = this.#objects.get(keyOf(ref))
    if (!object) throw new KubernetesError(`${ref.kind} "${ref.name}" not found`, { status: 404 })
    this.put(merge(object, patch) as KubernetesObject)
  }

  async delete(
    ref: ObjectRef,
    { gracePeriodSeconds, signal }: { gracePeriodSeconds?: number; signal: AbortSignal },
  ): Promise<void> {
    signal.throwIfAborted()
    this.calls.push(`delete ${ref.kind} ${ref.name}`)
    if (this.#objects.has(keyOf(ref))) this.onDelete(ref, gracePeriodSeconds)
  }

  async exec(pod: { name: string }, command: readonly string[], { signal }: { signal: AbortSignal }): Promise<ExecResult> {
    signal.throwIfAborted()
    return this.onExec(pod.name, command)
  }

  async logs(): Promise<string> {
    return ''
  }

  async version(): Promise<string> {
    return this.serverVersion
  }

  #tell(event: WatchEvent<KubernetesObject>): void {
    for (const watcher of [...this.#watchers]) watcher(event)
  }
}

const CLUSTER_WIDE = new Set(['Namespace', 'Node', 'PersistentVolume', 'StorageClass'])

function refOf({ apiVersion = '', kind = '', metadata }: KubernetesObject): ObjectRef {
  return { apiVersion, kind, name: metadata?.name ?? '', namespace: metadata?.namespace }
}

function keyOf({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return [apiVersion, kind, CLUSTER_WIDE.has(kind) ? '' : (namespace ?? ''), name].join('|')
}

function matches(object: KubernetesObject, { apiVersion, kind, namespace, labelSelector, fieldSelector }: ObjectQuery): boolean {
  if (object.apiVersion !== apiVersion || object.kind !== kind) return false
  if (namespace !== undefined && object.metadata?.namespace !== namespace) return false
  const labels = (labelSelector?.split(',') ?? []).every((term) => {
    const [name = '', value] = term.split('=')
    const has = object.metadata?.labels?.[name]
    return value === undefined ? has !== undefined : has === value
  })
  const fields = (fieldSelector?.split(',') ?? []).every((term) => {
    const [path = '', value] = term.split('=')
    return path.split('.').reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], object) === value
  })
  return labels && fields
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const merged: Record<string, unknown> = { ...(target as Record<string, unknown>) }
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = merge(merged[name], value)
  }
  return merged
}
