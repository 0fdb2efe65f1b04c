import type { KubernetesObject, V1DaemonSet } from '@kubernetes/client-node'
import type { Environment } from '../environment.ts'
import type { Kube } from '../kube/kube.ts'
import { parseManifest } from '../kube/manifests.ts'
import type { CommandRunner } from '../process/command-runner.ts'

export interface PodNetworkOptions {
  readonly runner: CommandRunner
  /** The addresses of all Pods, in CIDR notation: what kind's configuration says. */
  readonly podSubnet: string
  readonly signal: AbortSignal
}

/**
 * Installs the Pod network that the node image brings. kind would do the same, but only when kubeadm has ended, seconds
 * after the API answers; and no node is Ready, and no Pod of ours starts, before it is there.
 */
export async function applyPodNetwork(
  kube: Kube,
  env: Environment,
  { runner, podSubnet, signal }: PodNetworkOptions,
): Promise<void> {
  const controlPlane = `${env.cluster}-control-plane`
  const { stdout } = await runner.run('docker', ['exec', controlPlane, 'cat', MANIFEST], { signal })
  const objects = parseManifest(stdout.replace(/\{\{\s*\.PodSubnet\s*\}\}/g, podSubnet), `${controlPlane}:${MANIFEST}`)
  const patched = stdout.includes(ASKS_FOR_PATCH)
    ? objects.map((object) => withEndpoint(object, `${controlPlane}:6443`))
    : objects
  await kube.apply(patched, { signal })
}

/** Where a node image keeps it, and the sentence in it that kind and we look for. */
const MANIFEST = '/kind/manifests/default-cni.yaml'
const ASKS_FOR_PATCH = 'would you kindly patch this file'

/** The agent asks the API server at its own address: the Service's works only once kube-proxy does. */
function withEndpoint(object: KubernetesObject, endpoint: string): KubernetesObject {
  if (object.kind !== 'DaemonSet') return object
  const daemonSet = structuredClone(object) as V1DaemonSet
  const [container] = daemonSet.spec?.template.spec?.containers ?? []
  if (container) container.env = [...(container.env ?? []), { name: 'CONTROL_PLANE_ENDPOINT', value: endpoint }]
  return daemonSet
}
