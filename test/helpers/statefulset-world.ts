import type { V1PersistentVolumeClaim, V1Pod, V1StatefulSet } from '@kubernetes/client-node'
import type { CheckContext } from '../../scripts/checks/check.ts'
import type { ObjectRef } from '../../scripts/kube/kube.ts'
import { FakeKube } from './fake-kube.ts'

export interface WorldOptions {
  readonly replicas?: number
  readonly policy?: 'OrderedReady' | 'Parallel'
  /** Pods that never get ready. */
  readonly neverReady?: readonly number[]
  /** A controller that removes claims with their Pods. */
  readonly forgetsClaims?: boolean
  /** A controller that waits whatever the policy says. */
  readonly alwaysOrdered?: boolean
  /** A controller that makes no Pods any more. */
  readonly makesNone?: boolean
  /** A controller that ends the lowest Pod first, and updates so too. */
  readonly lowestFirst?: boolean
}

const NAMESPACE = 'lab-try'
const TEMPLATE = 'data'
/** How long a Pod takes to get ready, or to end. */
const PACE_MS = 2

/** A StatefulSet `web` and its controller in memory: as the real one, or with a fault that a check has to see. */
export class StatefulSetWorld {
  readonly kube = new FakeKube()
  readonly ref: ObjectRef = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: NAMESPACE, name: 'web' }
  readonly #options: WorldOptions
  readonly #ill = new Set<string>()

  constructor(options: WorldOptions = {}) {
    this.#options = options
    const { replicas = 2, policy = 'OrderedReady' } = options
    this.kube.put<V1StatefulSet>({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web', namespace: NAMESPACE, uid: 'set', generation: 1 },
      spec: {
        replicas,
        podManagementPolicy: policy,
        serviceName: 'web-svc',
        selector: {},
        template: { metadata: { annotations: {} }, spec: { containers: [] } },
        volumeClaimTemplates: [{ metadata: { name: TEMPLATE } }],
      },
    })
    for (let ordinal = 0; ordinal < replicas; ordinal++) this.#create(ordinal, true)
    this.#report()
    this.kube.onDelete = (ref) => this.#end(ref)
    // `touch /tmp/ill` and `rm /tmp/ill`: what a readiness probe would look at.
    this.kube.onExec = (pod, [program]) => {
      if (program === 'touch') this.#ill.add(pod)
      else this.#ill.delete(pod)
      setTimeout(() => this.#probe(pod), PACE_MS)
      return { exitCode: 0, stdout: '', stderr: '' }
    }
    const patch = this.kube.patch.bind(this.kube)
    this.kube.patch = async (ref, change, signal) => {
      await patch(ref, change, signal)
      const set = this.set
      this.kube.put({ ...set, metadata: { ...set.metadata, generation: (set.metadata?.generation ?? 0) + 1 } })
      setTimeout(() => this.#sync(), PACE_MS)
    }
  }

  get set(): V1StatefulSet {
    return this.kube.peek<V1StatefulSet>(this.ref) as V1StatefulSet
  }

  pod(ordinal: number): V1Pod | undefined {
    return this.kube.peek<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name: `web-${ordinal}` })
  }

  claim(ordinal: number): V1PersistentVolumeClaim | undefined {
    return this.kube.peek<V1PersistentVolumeClaim>(claimRef(ordinal))
  }

  context(more: Partial<CheckContext> = {}): CheckContext {
    return {
      kube: this.kube,
      export: {} as never,
      nodes: {} as never,
      namespace: NAMESPACE,
      language: 'en',
      signal: new AbortController().signal,
      progress: () => {},
      ...more,
    }
  }

  /** As `updateStatefulSet` of the controller: creates, then ends the surplus, then updates; ordered sets do one thing at a time. */
  #sync(): void {
    try {
      this.#act()
    } finally {
      this.#report()
    }
  }

  #act(): void {
    const replicas = this.set.spec?.replicas ?? 1
    const ordered = this.#options.alwaysOrdered || this.set.spec?.podManagementPolicy !== 'Parallel'
    for (let ordinal = 0; ordinal < replicas; ordinal++) {
      const pod = this.pod(ordinal)
      if (!pod && !this.#options.makesNone) this.#create(ordinal, false)
      if (ordered && (!pod || !isUp(pod))) return
    }
    const surplus = this.#pods().filter(({ ordinal }) => ordinal >= replicas)
    for (const { pod } of this.#options.lowestFirst ? surplus : surplus.reverse()) {
      if (!pod.metadata?.deletionTimestamp) this.#end(refOf(pod))
      if (ordered) return
    }
    const outdated = this.#pods().filter(({ pod }) => revisionOf(pod.metadata?.annotations) !== this.#revision())
    const next = (this.#options.lowestFirst ? outdated : outdated.reverse())[0]
    if (next && this.#pods().every(({ pod }) => isUp(pod))) this.#end(refOf(next.pod))
  }

  #create(ordinal: number, ready: boolean): void {
    const name = `web-${ordinal}`
    if (!this.claim(ordinal)) {
      const { apiVersion, kind, ...metadata } = claimRef(ordinal)
      this.kube.put({ apiVersion, kind, metadata, spec: { volumeName: `pv-${ordinal}` } } as V1PersistentVolumeClaim)
    }
    this.kube.put<V1Pod>({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: NAMESPACE,
        annotations: { revision: this.#revision() },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'set', controller: true }],
      },
      spec: {
        containers: [],
        volumes: [{ name: TEMPLATE, persistentVolumeClaim: { claimName: `${TEMPLATE}-${name}` } }],
      },
      status: { phase: 'Running', conditions: [] },
    })
    if (ready) this.#probe(name)
    else setTimeout(() => this.#probe(name), PACE_MS)
  }

  #probe(name: string): void {
    const ordinal = Number(name.slice(4))
    const pod = this.pod(ordinal)
    if (!pod || pod.metadata?.deletionTimestamp) return
    const ready = !this.#ill.has(name) && !this.#options.neverReady?.includes(ordinal)
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: new Date() }]
    this.kube.put({ ...pod, status: { phase: 'Running', conditions } })
    this.#sync()
  }

  #end(ref: ObjectRef): void {
    const pod = this.kube.peek<V1Pod>(ref)
    if (ref.kind !== 'Pod' || !pod) {
      this.kube.remove(ref)
      return
    }
    this.kube.put({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: new Date() } })
    setTimeout(() => {
      this.kube.remove(ref)
      if (this.#options.forgetsClaims) this.kube.remove(claimRef(Number(ref.name.slice(4))))
      this.#sync()
    }, PACE_MS)
  }

  #report(): void {
    const pods = this.#pods().map(({ pod }) => pod)
    const { generation = 1 } = this.set.metadata ?? {}
    const status = {
      observedGeneration: generation,
      replicas: pods.length,
      readyReplicas: pods.filter(isUp).length,
      currentRevision: this.#revision(),
      updateRevision: this.#revision(),
    }
    this.kube.put({ ...this.set, status })
  }

  #pods(): { readonly ordinal: number; readonly pod: V1Pod }[] {
    return Array.from({ length: 8 }, (_, ordinal) => ordinal).flatMap((ordinal) => {
      const pod = this.pod(ordinal)
      return pod ? { ordinal, pod } : []
    })
  }

  #revision(): string {
    return Object.values(this.set.spec?.template.metadata?.annotations ?? {}).join()
  }
}

function claimRef(ordinal: number): ObjectRef {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: NAMESPACE, name: `${TEMPLATE}-web-${ordinal}` }
}

function refOf({ metadata }: V1Pod): ObjectRef {
  return { apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name: metadata?.name ?? '' }
}

function revisionOf(annotations: Readonly<Record<string, string>> | undefined): string {
  return annotations?.revision ?? ''
}

function isUp({ metadata, status }: V1Pod): boolean {
  return !metadata?.deletionTimestamp && status?.conditions?.[0]?.status === 'True'
}
