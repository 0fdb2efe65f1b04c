import { readFile } from 'node:fs/promises'
import { parse, stringify } from 'yaml'

export interface ClusterShape {
  /** All nodes, the control plane included. */
  readonly nodes: number
  readonly image: string
  readonly cgroupVersion: 1 | 2
}

/**
 * The kind configuration of an environment.
 * @param file the part that is the same everywhere: manifests/kind/cluster.yaml.
 */
export async function kindConfig(file: string, { nodes, image, cgroupVersion }: ClusterShape): Promise<string> {
  const config = await readConfig(file)
  const workers = Array.from({ length: nodes - 1 }, () => ({ role: 'worker', image }))
  return stringify({
    ...config,
    nodes: [{ role: 'control-plane', image }, ...workers],
    kubeadmConfigPatches: [...config.kubeadmConfigPatches, ...(cgroupVersion === 1 ? [ACCEPT_CGROUP_V1] : [])],
  })
}

/** The addresses of all Pods, in CIDR notation. */
export async function podSubnetOf(file: string): Promise<string> {
  return (await readConfig(file)).networking.podSubnet
}

interface KindConfig {
  readonly networking: { readonly podSubnet: string }
  readonly kubeadmConfigPatches: readonly string[]
}

async function readConfig(file: string): Promise<KindConfig> {
  return parse(await readFile(file, 'utf8')) as KindConfig
}

/** Since Kubernetes 1.35 kubelet refuses to start on cgroup v1 unless it is told to. */
export const ACCEPT_CGROUP_V1 = stringify({
  kind: 'KubeletConfiguration',
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  failCgroupV1: false,
})
