import type { V1ConfigMap, V1Deployment, V1Node } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { environment } from '../../../scripts/environment.ts'
import { KubernetesError } from '../../../scripts/kube/kubernetes-error.ts'
import { isHealthy, readStatus } from '../../../scripts/provision/read-status.ts'
import { FakeKube } from '../../helpers/fake-kube.ts'
import { FakeRunner, failing } from '../../helpers/fake-runner.ts'

const env = environment('t')
const { signal } = new AbortController()

function node(name: string, ready = true): V1Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }
}

const MARK: V1ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'statelab', namespace: 'kube-system' },
  data: { environment: 't', nodes: '2', nodeImage: 'node:1', metricsServer: 'metrics-server:v0.9.0' },
}

function provisioner(availableReplicas: number): V1Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'nfs-client-provisioner', namespace: 'kube-system' },
    spec: {
      selector: {},
      template: { spec: { containers: [{ name: 'x', image: 'registry.k8s.io/sig-storage/provisioner:v4.0.2' }] } },
    },
    status: { availableReplicas },
  }
}

function metricsServer(availableReplicas: number, replicas = 1): V1Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'metrics-server', namespace: 'kube-system' },
    spec: { replicas, selector: {}, template: { spec: { containers: [{ name: 'x', image: 'metrics-server:v0.9.0' }] } } },
    status: { availableReplicas },
  }
}

const WITHOUT_METRICS = [MARK, node('t-control-plane'), node('t-worker'), provisioner(1)]
const WELL = [...WITHOUT_METRICS, metricsServer(1)]

interface World {
  /** State of the nodes' containers. */
  readonly nodes?: readonly string[]
  readonly nfs?: 'absent' | 'exited' | 'running' | 'silent'
  readonly kube?: FakeKube
}

function read({ nodes = ['running', 'running'], nfs = 'running', kube = new FakeKube(...WELL) }: World) {
  const runner = new FakeRunner((command) => {
    if (command.startsWith('docker ps'))
      return nodes.map((state, index) => `t-${index}\t${index === 0 ? 'control-plane' : 'worker'}\t${state}\tnode:1`).join('\n')
    if (command.startsWith('docker exec')) return nfs === 'silent' ? failing('no answer') : ''
    if (nfs === 'absent') return failing('Error: No such container: t-nfs')
    const State = { Status: nfs === 'silent' ? 'running' : nfs }
    const NetworkSettings = { Networks: { 'statelab-t': { IPAddress: '10.213.0.10' } } }
    return JSON.stringify({ State, Config: { Labels: { 'dev.statelab.environment': 't' } }, NetworkSettings })
  })
  return readStatus(env, runner, signal, async () => kube)
}

describe('readStatus', () => {
  it('finds all well', async () => {
    const status = await read({})
    expect(status).toEqual({
      name: 't',
      cluster: { state: 'running', nodes: 2, kubernetes: 'v1.36.3', kubeconfig: env.kubeconfig },
      nfs: { state: 'running', server: '10.213.0.10', export: '/export' },
      provisioner: { state: 'running', version: 'v4.0.2' },
      metricsServer: { state: 'running', version: 'v0.9.0' },
    })
    expect(isHealthy(status)).toBe(true)
  })

  it.each([
    ['that starts, which takes ten seconds', [...WITHOUT_METRICS, metricsServer(0)], 'starting'],
    [
      'that this environment never had',
      [{ ...MARK, data: { ...MARK.data, metricsServer: '' } }, ...WITHOUT_METRICS.slice(1)],
      'none',
    ],
  ])('does not mind a metrics-server %s', async (_, objects, state) => {
    const status = await read({ kube: new FakeKube(...objects) })
    expect(status.metricsServer.state).toBe(state)
    expect(isHealthy(status)).toBe(true)
  })

  it('finds nothing', async () => {
    const status = await read({ nodes: [], nfs: 'absent' })
    expect(status).toMatchObject({
      cluster: { state: 'absent', nodes: 0, kubernetes: '' },
      nfs: { state: 'absent', server: '' },
      provisioner: { state: 'absent' },
    })
    expect(isHealthy(status)).toBe(false)
  })

  it.each<readonly [string, World, object]>([
    [
      'stopped nodes',
      { nodes: ['exited', 'exited'] },
      { cluster: { state: 'stopped', nodes: 2 }, provisioner: { state: 'unknown' } },
    ],
    ['one node that does not run', { nodes: ['running', 'exited'] }, { cluster: { state: 'stopped' } }],
    ['paused nodes', { nodes: ['paused', 'paused'] }, { cluster: { state: 'stopped' } }],
    ['a cluster without the mark', { kube: new FakeKube(...WELL.slice(1)) }, { cluster: { state: 'unfinished' } }],
    [
      'a node that is not Ready',
      { kube: new FakeKube(MARK, node('a'), node('b', false), provisioner(1)) },
      { cluster: { state: 'degraded' } },
    ],
    ['a node that has left', { kube: new FakeKube(MARK, node('a'), provisioner(1)) }, { cluster: { state: 'degraded' } }],
    [
      'a provisioner without a Pod',
      { kube: new FakeKube(MARK, node('a'), node('b'), provisioner(0)) },
      { provisioner: { state: 'unavailable', version: 'v4.0.2' } },
    ],
    ['no provisioner', { kube: new FakeKube(MARK, node('a'), node('b')) }, { provisioner: { state: 'absent' } }],
    ['no metrics-server', { kube: new FakeKube(...WITHOUT_METRICS) }, { metricsServer: { state: 'absent', version: '' } }],
    [
      'a metrics-server that was stopped',
      { kube: new FakeKube(...WITHOUT_METRICS, metricsServer(0, 0)) },
      { metricsServer: { state: 'unavailable' } },
    ],
    ['a stopped NFS server', { nfs: 'exited' }, { nfs: { state: 'stopped' } }],
    ['an NFS server that does not answer', { nfs: 'silent' }, { nfs: { state: 'unhealthy' } }],
  ])('sees %s, which is not healthy', async (_, world, expected) => {
    const status = await read(world)
    expect(status).toMatchObject(expected)
    expect(isHealthy(status)).toBe(false)
  })

  it('says that the API does not answer, and with what words', async () => {
    const kube = new FakeKube()
    kube.version = () => Promise.reject(new KubernetesError('connection refused'))
    expect(await read({ kube })).toMatchObject({
      cluster: { state: 'unreachable' },
      provisioner: { state: 'unknown', version: 'connection refused' },
    })
  })

  it('changes nothing', async () => {
    const kube = new FakeKube(...WELL)
    await read({ kube })
    expect(kube.calls).toEqual([])
  })
})
