import type { V1Node, V1Pod } from '@kubernetes/client-node'
import { describe, expect, test } from 'vitest'
import type { CheckContext } from '../../../scripts/checks/check.ts'
import { evictedWithin } from '../../../scripts/checks/eviction.ts'
import { nodeStopped } from '../../../scripts/checks/node-loss.ts'
import type { ObjectRef } from '../../../scripts/kube/kube.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'
import { FakeNodes } from '../../helpers/fake-nodes.ts'

const namespace = 'lab-x'
const PACE_MS = 2
const POD: ObjectRef = { apiVersion: 'v1', kind: 'Pod', namespace, name: 'one-0' }

interface Faults {
  readonly node?: string
  readonly tolerationSeconds?: number
  readonly owner?: 'StatefulSet' | 'ReplicaSet'
  /** A controller that makes another Pod for one it has no news of. */
  readonly impatient?: boolean
  /** A kubelet that starts the old container when it is back. */
  readonly zombie?: boolean
}

/** A Pod on the worker, and what the control plane does when that node is switched off. */
class LossWorld {
  readonly kube = new FakeKube()
  readonly nodes: FakeNodes
  readonly #faults: Faults

  constructor(faults: Faults = {}) {
    this.#faults = faults
    this.#node('True')
    this.#make(faults.node ?? 'worker')
    this.kube.put({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-one-0', namespace },
      spec: { volumeName: 'pv' },
    } as never)
    this.kube.onDelete = (ref, grace) => {
      if (grace !== 0) return
      this.kube.remove(ref)
      setTimeout(() => this.#make('control-plane'), PACE_MS)
    }
    this.nodes = new FakeNodes()
    const { stop, start } = this.nodes
    this.nodes.stop = async (node) => {
      await stop.call(this.nodes, node)
      setTimeout(() => this.#lose(), PACE_MS)
    }
    this.nodes.start = async (node) => {
      await start.call(this.nodes, node)
      setTimeout(() => this.#node('True'), PACE_MS)
    }
    this.nodes.onRun = () => ({ exitCode: 0, stdout: faults.zombie ? 'abc123\n' : '', stderr: '' })
  }

  context(parts: Partial<CheckContext> = {}): CheckContext {
    return checkContext({ kube: this.kube, nodes: this.nodes, ...parts })
  }

  get pod(): V1Pod | undefined {
    return this.kube.peek<V1Pod>(POD)
  }

  #node(status: 'True' | 'Unknown'): void {
    const conditions = [{ type: 'Ready', status, lastTransitionTime: new Date() }]
    this.kube.put<V1Node>({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'worker' }, status: { conditions } })
  }

  #lose(): void {
    this.#node('Unknown')
    const { pod } = this
    if (!pod) return
    this.kube.put({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: new Date() } })
    if (!this.#faults.impatient) return
    setTimeout(() => {
      this.kube.remove(POD)
      this.#make('control-plane')
    }, PACE_MS)
  }

  #make(nodeName: string): void {
    const { tolerationSeconds = 5, owner = 'StatefulSet' } = this.#faults
    this.kube.put<V1Pod>({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'one-0',
        namespace,
        ownerReferences: [{ apiVersion: 'apps/v1', kind: owner, name: 'one', uid: 'set', controller: true }],
      },
      spec: {
        containers: [],
        nodeName,
        tolerations: [
          { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds },
          { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds },
        ],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-one-0' } }],
      },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [
          { name: 'main', image: '', imageID: '', ready: true, restartCount: 0, state: { running: { startedAt: new Date() } } },
        ],
      },
    })
  }
}

const lost = nodeStopped('one-0', { watchMs: 30 })

describe('nodeStopped', () => {
  test('is met when no twin is made, and one Pod is there in the end', async () => {
    const world = new LossWorld()
    const uid = world.pod?.metadata?.uid
    const finding = await lost.run(world.context())
    expect(finding).toMatchObject({ met: true })
    expect(finding.message).toMatch(/off .*, ending .*, UID .* on control-plane, PVC data-one-0 still/)
    expect(world.pod?.metadata?.uid).not.toBe(uid)
    expect(world.nodes.calls.slice(0, 2)).toEqual(['stop worker', 'start worker'])
    expect(world.kube.watches).toBe(0)
  })

  test('is refused when another Pod is made while the node is away', async () => {
    const world = new LossWorld({ impatient: true })
    const finding = await lost.run(world.context())
    expect(finding).toMatchObject({
      met: false,
      message: expect.stringMatching(/neither gone nor made again.*, saw off .*gone .*created/),
    })
    expect(world.kube.calls).not.toContain('delete Pod one-0')
    expect(world.nodes.calls).toContain('start worker')
  })

  test('is refused when the node that is back runs the old Pod', async () => {
    const finding = await lost.run(new LossWorld({ zombie: true }).context())
    expect(finding).toMatchObject({
      met: false,
      message: expect.stringMatching(/expected nothing of the old Pod runs on worker, saw abc123/),
    })
  })

  test.each<[string, Faults, RegExp]>([
    ['is on the control plane', { node: 'control-plane' }, /runs on control-plane, which cannot be switched off/],
    ['would be evicted too late', { tolerationSeconds: 300 }, /would be evicted only after 300 s/],
    ['is not of a StatefulSet', { owner: 'ReplicaSet' }, /is not of a StatefulSet/],
  ])('switches nothing off when the Pod %s', async (_why, faults, message) => {
    const world = new LossWorld(faults)
    expect(await lost.run(world.context())).toMatchObject({ met: false, message: expect.stringMatching(message) })
    expect(world.nodes.calls).toEqual([])
  })

  test('switches the node on again when it is interrupted', async () => {
    const world = new LossWorld()
    const stop = new AbortController()
    const off = world.nodes.stop
    world.nodes.stop = async (node) => {
      await off(node)
      stop.abort(new Error('Ctrl-C'))
    }
    await expect(lost.run(world.context({ signal: stop.signal }))).rejects.toThrow('Ctrl-C')
    expect(world.nodes.calls).toEqual(['stop worker', 'start worker'])
    expect(world.kube.watches).toBe(0)
  })
})

describe('nodeStopped, by the learner', () => {
  const event = (uid: string, at: Date) => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `lost-${uid}`, namespace },
    reason: 'NodeNotReady',
    involvedObject: { kind: 'Pod', name: 'one-0', namespace, uid },
    lastTimestamp: at,
  })

  test('is proven by the event of an earlier Pod whose node was lost', async () => {
    const world = new LossWorld()
    expect(await lost.proven?.(world.context())).toBeUndefined()
    world.kube.put(event('an-earlier-one', new Date(Date.now() - 60_000)))
    expect(await lost.proven?.(world.context())).toMatchObject({ finding: { met: true }, since: expect.any(Date) })
  })

  test('is not proven while a node is off, nor by the running Pod itself', async () => {
    const world = new LossWorld()
    world.kube.put(event(world.pod?.metadata?.uid ?? '', new Date(Date.now() - 60_000)))
    expect(await lost.proven?.(world.context())).toBeUndefined()
    world.kube.put(event('an-earlier-one', new Date(Date.now() - 60_000)))
    await world.nodes.stop('worker')
    expect(await lost.proven?.(world.context())).toBeUndefined()
  })
})

describe('evictedWithin', () => {
  test.each([
    [5, true],
    [300, false],
  ])('looks at how long the Pod tolerates the loss: %i s', async (tolerationSeconds, met) => {
    const finding = await evictedWithin('one-0', 10).run(new LossWorld({ tolerationSeconds }).context())
    expect(finding).toMatchObject({ met })
    expect(finding.evidence[0]?.observed).toBe(`node.kubernetes.io/unreachable: ${tolerationSeconds} s`)
  })

  test('a toleration without a limit is for ever', async () => {
    const world = new LossWorld()
    const { pod } = world
    if (pod?.spec) pod.spec.tolerations = [{ operator: 'Exists' }]
    const finding = await evictedWithin('one-0', 10).run(world.context())
    expect(finding).toMatchObject({ met: false, message: expect.stringContaining('for ever') })
  })
})
