import type { V1PersistentVolumeClaim, V1StatefulSet } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { claimAfterScaling, claimsAfterDeletion } from '../../../scripts/checks/retention.ts'
import type { ObjectRef } from '../../../scripts/kube/kube.ts'
import type { ExportEntry } from '../../../scripts/nfs/export-view.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'

const namespace = 'lab-x'
const PACE_MS = 2

interface Policy {
  readonly whenScaled: 'Retain' | 'Delete'
  readonly whenDeleted: 'Retain' | 'Delete'
  /** A provisioner that leaves the directory behind, or takes it along although the claim stays. */
  readonly directory?: 'left' | 'taken'
}

/** StatefulSet `web` with one Pod, a controller that carries out a retention policy, and the directories of its claims. */
class RetentionWorld {
  readonly kube = new FakeKube()
  readonly directories = new Set<string>()
  readonly #policy: Policy

  constructor(policy: Policy) {
    this.#policy = policy
    this.#put({ replicas: 1, readyReplicas: 1 })
    this.#pod(0)
    const patch = this.kube.patch.bind(this.kube)
    this.kube.patch = async (ref, change, signal) => {
      await patch(ref, change, signal)
      setTimeout(() => this.#sync(), PACE_MS)
    }
    const apply = this.kube.apply.bind(this.kube)
    this.kube.apply = async (objects, options) => {
      await apply(objects, options)
      setTimeout(() => this.#sync(), PACE_MS)
    }
    this.kube.onDelete = (ref) => this.#delete(ref)
  }

  context(parts: Partial<CheckContext> = {}): CheckContext {
    const entry = (name: string, kind: ExportEntry['kind']): ExportEntry => ({
      name,
      kind,
      mode: 0o777,
      sizeBytes: 1,
      modifiedAt: new Date(),
    })
    const list = async (directory: string): Promise<ExportEntry[] | undefined> =>
      directory === ''
        ? [...this.directories].map((name) => entry(name, 'directory'))
        : this.directories.has(directory)
          ? [entry('starts', 'file')]
          : undefined
    return checkContext({
      kube: this.kube,
      export: { list, read: async () => undefined, command: (path) => `ls ${path}` },
      ...parts,
    })
  }

  claim(ordinal: number): V1PersistentVolumeClaim | undefined {
    return this.kube.peek<V1PersistentVolumeClaim>(ref('PersistentVolumeClaim', `data-web-${ordinal}`))
  }

  get set(): V1StatefulSet | undefined {
    return this.kube.peek<V1StatefulSet>(ref('StatefulSet', 'web'))
  }

  #put({ replicas, readyReplicas }: { replicas: number; readyReplicas: number }): void {
    this.kube.put({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web', namespace, labels: { of: 'learner' } },
      spec: { replicas },
      status: { readyReplicas },
    })
  }

  #pod(ordinal: number): void {
    if (!this.claim(ordinal)) {
      const directory = `${namespace}-data-web-${ordinal}-pv-${ordinal}`
      const metadata = { name: `data-web-${ordinal}`, namespace }
      this.kube.put({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata,
        spec: { volumeName: `pv-${ordinal}` },
      } as V1PersistentVolumeClaim)
      this.kube.put({
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: `pv-${ordinal}` },
        spec: { nfs: { path: `/export/${directory}` } },
      } as never)
      this.directories.add(directory)
    }
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
    this.kube.put({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `web-${ordinal}`, namespace }, status } as never)
  }

  #sync(): void {
    const { replicas = 0 } = this.set?.spec ?? {}
    for (let ordinal = 0; ordinal < replicas; ordinal++) this.#pod(ordinal)
    if (this.kube.peek(ref('Pod', `web-${replicas}`))) this.#end(replicas, this.#policy.whenScaled, 'Pod', `web-${replicas}`)
    this.#put({ replicas, readyReplicas: replicas })
  }

  /** The owner comes first, then the Pod goes, and the claim when the garbage collector has seen it. */
  #end(ordinal: number, policy: 'Retain' | 'Delete', kind: string, owner: string): void {
    const claim = this.claim(ordinal)
    if (policy === 'Delete' && claim) {
      const ownerReferences = [{ apiVersion: 'v1', kind, name: owner, uid: 'owner' }]
      this.kube.put({ ...claim, metadata: { ...claim.metadata, ownerReferences } })
      setTimeout(() => this.#removeClaim(ordinal), 2 * PACE_MS)
    }
    if (this.#policy.directory === 'taken') this.directories.clear()
    this.kube.remove(ref('Pod', `web-${ordinal}`))
  }

  #removeClaim(ordinal: number): void {
    this.kube.remove(ref('PersistentVolumeClaim', `data-web-${ordinal}`))
    if (this.#policy.directory !== 'left') {
      setTimeout(() => this.directories.delete(`${namespace}-data-web-${ordinal}-pv-${ordinal}`), PACE_MS)
    }
  }

  #delete(what: ObjectRef): void {
    this.kube.remove(what)
    if (what.kind === 'StatefulSet') this.#end(0, this.#policy.whenDeleted, 'StatefulSet', 'web')
    if (what.kind === 'PersistentVolumeClaim') this.#removeClaim(Number(what.name.at(-1)))
  }
}

function ref(kind: string, name: string): ObjectRef {
  return { apiVersion: kind === 'StatefulSet' ? 'apps/v1' : 'v1', kind, namespace, name }
}

describe('claimAfterScaling', () => {
  test.each(['Retain', 'Delete'] as const)('is met by a policy that says %s', async (policy) => {
    const world = new RetentionWorld({ whenScaled: policy, whenDeleted: policy === 'Retain' ? 'Delete' : 'Retain' })
    const finding = await claimAfterScaling('web', { template: 'data', policy }).run(world.context())
    expect(finding).toMatchObject({
      met: true,
      message: expect.stringMatching(/^StatefulSet web scaled from 2 to 1: PVC data-web-1/),
    })
    expect(finding.evidence).toHaveLength(2)
    expect(world.set?.spec?.replicas).toBe(1)
    expect(world.kube.watches).toBe(0)
  })

  test.each(['Retain', 'Delete'] as const)('is refused by a policy that says other than %s, at once', async (policy) => {
    const world = new RetentionWorld({ whenScaled: policy === 'Retain' ? 'Delete' : 'Retain', whenDeleted: policy })
    const finding = await claimAfterScaling('web', { template: 'data', policy }).run(world.context())
    const [is, was] = policy === 'Retain' ? ['kept', 'deleted'] : ['deleted', 'kept']
    expect(finding).toMatchObject({
      met: false,
      message: expect.stringContaining(`expected PVC data-web-1 ${is}, saw PVC data-web-1 ${was}`),
    })
  })

  test('is refused when the claim stays and its directory goes', async () => {
    const world = new RetentionWorld({ whenScaled: 'Retain', whenDeleted: 'Retain', directory: 'taken' })
    const finding = await claimAfterScaling('web', { template: 'data', policy: 'Retain' }).run(world.context())
    expect(finding).toMatchObject({
      met: false,
      message: expect.stringMatching(/expected directory .* with starts, saw directory .* gone/),
    })
  })

  test('removes a claim that only it has made, and no other', async () => {
    const world = new RetentionWorld({ whenScaled: 'Retain', whenDeleted: 'Retain' })
    const check = claimAfterScaling('web', { template: 'data', policy: 'Retain' })
    await check.run(world.context())
    await expect.poll(() => world.claim(1)).toBeUndefined()
    expect(world.claim(0)).toBeDefined()
  })

  test('scales back when it is interrupted', async () => {
    const world = new RetentionWorld({ whenScaled: 'Retain', whenDeleted: 'Retain' })
    const stop = new AbortController()
    const patch = world.kube.patch.bind(world.kube)
    world.kube.patch = async (...args) => {
      await patch(...args)
      stop.abort(new Error('Ctrl-C'))
    }
    const check = claimAfterScaling('web', { template: 'data', policy: 'Retain' })
    await expect(check.run(world.context({ signal: stop.signal }))).rejects.toThrow('Ctrl-C')
    expect(world.set?.spec?.replicas).toBe(1)
  })

  test('disturbs no StatefulSet that is not whole', async () => {
    const world = new RetentionWorld({ whenScaled: 'Retain', whenDeleted: 'Retain' })
    world.kube.put({ ...world.set, status: { readyReplicas: 0 } } as V1StatefulSet)
    const finding = await claimAfterScaling('web', { template: 'data', policy: 'Retain' }).run(world.context())
    expect(finding).toMatchObject({ met: false, message: expect.stringMatching(/^nothing was disturbed/) })
    expect(world.kube.calls).toEqual([])
  })
})

describe('claimsAfterDeletion', () => {
  test.each(['Retain', 'Delete'] as const)('is met by a policy that says %s, and makes the StatefulSet again', async (policy) => {
    const world = new RetentionWorld({ whenScaled: 'Retain', whenDeleted: policy })
    const before = [world.set?.metadata?.uid, world.claim(0)?.metadata?.uid]
    const finding = await claimsAfterDeletion('web', { template: 'data', policy }).run(world.context())
    expect(finding).toMatchObject({ met: true })
    expect(world.set?.metadata?.uid).not.toBe(before[0])
    expect(world.set).toMatchObject({
      metadata: { labels: { of: 'learner' } },
      spec: { replicas: 1 },
      status: { readyReplicas: 1 },
    })
    expect(world.claim(0)?.metadata?.uid === before[1]).toBe(policy === 'Retain')
  })

  test.each(['Retain', 'Delete'] as const)('is refused by a policy that says other than %s', async (policy) => {
    const world = new RetentionWorld({ whenScaled: 'Retain', whenDeleted: policy === 'Retain' ? 'Delete' : 'Retain' })
    const finding = await claimsAfterDeletion('web', { template: 'data', policy }).run(world.context())
    expect(finding).toMatchObject({ met: false, message: expect.stringMatching(/expected PVC data-web-0/) })
    expect(world.set).toBeDefined()
  })

  test('makes the StatefulSet again when it is interrupted', async () => {
    const world = new RetentionWorld({ whenScaled: 'Retain', whenDeleted: 'Retain' })
    const stop = new AbortController()
    const end = world.kube.onDelete
    world.kube.onDelete = (what, grace) => {
      end(what, grace)
      stop.abort(new Error('Ctrl-C'))
    }
    const check = claimsAfterDeletion('web', { template: 'data', policy: 'Retain' })
    await expect(check.run(world.context({ signal: stop.signal }))).rejects.toThrow('Ctrl-C')
    expect(world.set?.spec?.replicas).toBe(1)
  })
})
