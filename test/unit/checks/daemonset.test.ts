import type { V1Pod } from '@kubernetes/client-node'
import { beforeEach, describe, expect, it } from 'vitest'
import { daemonSetReady } from '../../../scripts/checks/daemonset.ts'
import { nodeRestarted } from '../../../scripts/checks/disturbances/node-restarted.ts'
import { ownedPodsDeleted } from '../../../scripts/checks/disturbances/owned-pods-deleted.ts'
import { lineForEachNode } from '../../../scripts/checks/node-lines.ts'
import { checkContext } from '../../helpers/check-context.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'
import { FakeNodes } from '../../helpers/fake-nodes.ts'

const NODES = ['control-plane', 'worker']
const started = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second))

let kube: FakeKube
let nodes: FakeNodes
let files: Map<string, { text: string; modifiedAt: Date }>
let serial: number

const context = (signal = new AbortController().signal) =>
  checkContext({
    kube,
    nodes,
    signal,
    export: {
      read: async (file) => files.get(file)?.text,
      list: async () =>
        [...files].map(([path, { modifiedAt }]) => ({
          ...{ name: path.replace('dir/', ''), kind: 'file' as const, mode: 0o644, sizeBytes: 1 },
          modifiedAt,
        })),
      command: (path) => `ls /export/${path}`,
    },
  })

function agent(node: string, { ready = true, at = 10 } = {}): V1Pod {
  return kube.put({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `agent-${++serial}`,
      namespace: 'lab-x',
      labels: { app: 'agent' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'set' }],
    },
    spec: { nodeName: node, containers: [] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [
        {
          ...{ name: 'agent', image: 'i', imageID: 'i', ready, restartCount: 0, containerID: `containerd://${serial}` },
          state: { running: { startedAt: started(at) } },
        },
      ],
    },
  } as V1Pod)
}

const line = (node: string, text = `${node} is up\n`, at = 11): void =>
  void files.set(`dir/${node}`, { text, modifiedAt: started(at) })

let agents: V1Pod[]
beforeEach(() => {
  kube = new FakeKube()
  nodes = new FakeNodes()
  files = new Map()
  serial = 0
  for (const name of NODES) {
    kube.put({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    } as never)
    line(name)
  }
  kube.put({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace: 'lab-x', uid: 'set', generation: 1 },
    spec: { selector: { matchLabels: { app: 'agent' } }, template: {} },
    status: { observedGeneration: 1, updatedNumberScheduled: 2 },
  } as never)
  agents = NODES.map((node) => agent(node))
  const claim = { name: 'lines', namespace: 'lab-x' }
  kube.put({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: claim,
    spec: { volumeName: 'pv' },
    status: { phase: 'Bound' },
  } as never)
  kube.put({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'pv' },
    spec: { nfs: { server: 's', path: '/export/dir' }, claimRef: claim },
  } as never)
})

const remove = (pod: V1Pod | undefined): void =>
  kube.remove({ apiVersion: 'v1', kind: 'Pod', namespace: 'lab-x', name: pod?.metadata?.name ?? '' })

describe('daemonSetReady', () => {
  const check = daemonSetReady('agent')

  it('is met by a ready Pod on every node', async () => {
    expect(await check.run(context())).toMatchObject({ met: true })
  })

  it('names the node that has none, and the one whose Pod is not ready', async () => {
    remove(agents[1])
    expect(await check.run(context())).toMatchObject({ met: false, message: expect.stringContaining('saw on worker: none') })
    agent('worker', { ready: false })
    expect(await check.run(context())).toMatchObject({ met: false, message: expect.stringContaining('on worker: agent-3') })
  })

  it('is refused by Pods of a Deployment, one on each node', async () => {
    kube.remove({ apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'lab-x', name: 'agent' })
    expect(await check.run(context())).toMatchObject({ met: false, message: expect.stringContaining('saw none') })
  })
})

describe('lineForEachNode', () => {
  const check = lineForEachNode({ claim: 'lines', by: 'agent' })

  it('is met by one line for each node, written by the agent that runs there', async () => {
    expect(await check.run(context())).toMatchObject({ met: true })
  })

  it.each<readonly [string, () => void, RegExp]>([
    ['a node without a line', () => void files.delete('dir/worker'), /file worker: none/],
    ['two lines', () => line('worker', 'worker a\nworker b\n'), /file worker: 2 lines/],
    ['the line of another node', () => line('worker', 'control-plane is up\n'), /file worker: control-plane is up/],
    ['a line from before the agent', () => line('worker', 'worker is up\n', 9), /written since Pod agent-2 runs there/],
    ['a line whose agent is gone', () => remove(agents[1]), /it does not/],
  ])('is refused by %s', async (_, world, message) => {
    world()
    expect(await check.run(context())).toMatchObject({ met: false, message: expect.stringMatching(message) })
  })
})

describe('ownedPodsDeleted', () => {
  const disturbance = ownedPodsDeleted('DaemonSet', 'agent', { on: 'worker' })

  it('deletes the Pods of that node only, and waits for others in their place', async () => {
    kube.onDelete = (ref) => {
      kube.remove(ref)
      setTimeout(() => agent('worker', { ready: false }), 5)
      setTimeout(() => kube.put({ ...agent('worker') }), 15)
    }
    expect(await disturbance.run(context())).toMatchObject({ met: true, message: 'agent-2 deleted: 1 other Pods ready' })
    expect(kube.calls).toEqual(['delete Pod agent-2'])
    expect(kube.watches).toBe(0)
  })

  it('waits for a rollout to end: then there are as many Pods as are asked for', async () => {
    kube.put({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'agent', namespace: 'lab-x' },
      spec: { replicas: 1, selector: { matchLabels: { app: 'agent' } }, template: {} },
    } as never)
    setTimeout(() => remove(agents[0]), 10)
    kube.onDelete = (ref) => {
      kube.remove(ref)
      agent('worker')
    }
    expect(await ownedPodsDeleted('Deployment', 'agent').run(context())).toMatchObject({
      met: true,
      message: 'agent-2 deleted: 1 other Pods ready',
    })
  })

  it('deletes nothing where there is no such owner', async () => {
    expect(await ownedPodsDeleted('Deployment', 'none').run(context())).toMatchObject({ met: false })
    expect(kube.calls).toEqual([])
  })
})

describe('nodeRestarted', () => {
  const disturbance = nodeRestarted('worker', { daemonSet: 'agent' })

  it('switches the node off and on, and waits for another container in the Pod', async () => {
    const start = nodes.start.bind(nodes)
    nodes.start = async (node) => {
      await start(node)
      const [old] = agents.slice(1)
      const status = structuredClone(old?.status)
      if (status?.containerStatuses?.[0]) status.containerStatuses[0].containerID = 'containerd://new'
      setTimeout(() => kube.put({ ...old, status } as V1Pod), 5)
    }
    expect(await disturbance.run(context())).toMatchObject({ met: true, message: expect.stringContaining('switched off') })
    expect(nodes.calls).toEqual(['stop worker', 'start worker'])
  })

  it('leaves the node alone while its agent is not ready', async () => {
    remove(agents[1])
    expect(await disturbance.run(context())).toMatchObject({ met: false })
    expect(nodes.calls).toEqual([])
  })

  it('switches the node on again when it is interrupted', async () => {
    const controller = new AbortController()
    const stop = nodes.stop.bind(nodes)
    nodes.stop = async (node) => {
      await stop(node)
      controller.abort(new Error('enough'))
      throw controller.signal.reason
    }
    await expect(disturbance.run(context(controller.signal))).rejects.toThrow('enough')
    expect((await nodes.list()).every(({ running }) => running)).toBe(true)
    expect(kube.watches).toBe(0)
  })
})
