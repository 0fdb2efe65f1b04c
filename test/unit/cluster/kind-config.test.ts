import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type ClusterShape, kindConfig, podSubnetOf } from '../../../scripts/cluster/kind-config.ts'

const FILE = join(import.meta.dirname, '..', '..', '..', 'manifests', 'kind', 'cluster.yaml')

interface Config {
  kind: string
  apiVersion: string
  networking: { apiServerAddress: string; podSubnet: string; disableDefaultCNI: boolean }
  nodes: { role: string; image: string }[]
  kubeadmConfigPatches: string[]
}

interface ClusterConfiguration {
  kind: string
  controllerManager?: { extraArgs?: { name: string; value: string }[] }
}

const shape = { nodes: 2, image: 'statelab/node-image:v1', cgroupVersion: 2 } as const
const config = async (changes: Partial<ClusterShape> = {}): Promise<Config> =>
  parse(await kindConfig(FILE, { ...shape, ...changes })) as Config

describe('kindConfig', () => {
  it.each([
    [1, ['control-plane']],
    [2, ['control-plane', 'worker']],
    [4, ['control-plane', 'worker', 'worker', 'worker']],
  ])('has %i nodes of the one image', async (nodes, roles) => {
    const written = await config({ nodes })
    expect(written.nodes.map(({ role }) => role)).toEqual(roles)
    expect(written.nodes.every(({ image }) => image === shape.image)).toBe(true)
  })

  it('is kind’s, and offers the API on loopback only', async () => {
    const { kind, apiVersion, networking } = await config()
    expect([kind, apiVersion]).toEqual(['Cluster', 'kind.x-k8s.io/v1alpha4'])
    expect(networking.apiServerAddress).toBe('127.0.0.1')
  })

  it('leaves the Pod network to us, and says which addresses it has', async () => {
    const { networking } = await config()
    expect(networking.disableDefaultCNI).toBe(true)
    expect(await podSubnetOf(FILE)).toBe(networking.podSubnet)
  })

  it('lets kubelet start on cgroup v1, and only there', async () => {
    const kubelets = async (cgroupVersion: 1 | 2): Promise<unknown[]> =>
      (await config({ cgroupVersion })).kubeadmConfigPatches
        .map((patch) => parse(patch) as { kind: string; failCgroupV1?: boolean })
        .filter((patch) => 'failCgroupV1' in patch)
    expect(await kubelets(1)).toEqual([
      { kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', failCgroupV1: false },
    ])
    expect(await kubelets(2)).toEqual([])
  })

  it('keeps the patches of the manifest: the control plane takes workloads', async () => {
    const patches = (await config()).kubeadmConfigPatches.map(
      (patch) => parse(patch) as { kind: string; nodeRegistration?: { taints: unknown[] } },
    )
    expect(patches.find(({ kind }) => kind === 'InitConfiguration')?.nodeRegistration?.taints).toEqual([])
  })

  it('finds a lost node soon, and not before its kubelet has missed two of its reports every 10 s', async () => {
    const patches = (await config()).kubeadmConfigPatches.map((patch) => parse(patch) as ClusterConfiguration)
    const { extraArgs = [] } = patches.find(({ kind }) => kind === 'ClusterConfiguration')?.controllerManager ?? {}
    expect(extraArgs).toContainEqual({ name: 'node-monitor-grace-period', value: '30s' })
  })

  it('quotes what would be something else in YAML', async () => {
    expect((await config({ image: 'a: #b' })).nodes[0]?.image).toBe('a: #b')
  })
})
