import { symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { $, which } from 'zx'
import { ACCEPT_CGROUP_V1 } from '../cluster/kind-config.ts'
import { CAPABILITIES } from '../nfs/definition.ts'
import { seccompProfile } from '../nfs/seccomp.ts'
import { cgroupVersion } from './machine.ts'
import { type Arm, seconds } from './measure.ts'
import type { Workbench } from './workbench.ts'

/** As many as `up` makes. */
const NODES = 2

/** What `up` is compared with. Each run adds its time, in seconds, to `times`. */
export interface Baseline extends Arm {
  readonly times: number[]
}

/** `kind create cluster --wait 5m` with the node image, node count and configuration that `up` uses. */
export async function kindBaseline(bench: Workbench): Promise<Baseline> {
  const name = 'bench-kind'
  const { kind } = await bench.provision()
  const config = await writeKindConfig(bench)
  const kubeconfig = join(bench.folder, 'kind-kubeconfig')
  const sh = bench.sh({ env: { ...process.env, KIND_EXPERIMENTAL_DOCKER_NETWORK: name } })
  const times: number[] = []
  return {
    times,
    async run() {
      bench.signal.throwIfAborted()
      await bench.sh`docker network create ${name}`
      times.push(
        await seconds(() => sh`${kind} create cluster --name ${name} --config ${config} --kubeconfig ${kubeconfig} --wait 5m`),
      )
    },
    remove: () => removeCluster(name),
  }
}

/** baseline.sh: everything that `up` makes, by hand. */
export async function scriptBaseline(bench: Workbench): Promise<Baseline> {
  const name = 'bench-script'
  const { kind, nfsServerImage, provisionerImage } = await bench.provision()
  const seccomp = join(bench.folder, 'seccomp.json')
  await writeFile(seccomp, seccompProfile())
  const settings = {
    NAME: name,
    KIND: kind,
    KUBECTL: await kubectl(bench, kind),
    KIND_CONFIG: await writeKindConfig(bench),
    NFS_IMAGE: nfsServerImage,
    NFS_CAPABILITIES: CAPABILITIES.join(' '),
    NFS_SECCOMP: seccomp,
    PROVISIONER_IMAGE: provisionerImage,
    MANIFESTS: join(bench.root, 'manifests', 'provisioner'),
    KUBECONFIG: join(bench.folder, 'script-kubeconfig'),
  }
  const sh = bench.sh({ env: { ...process.env, ...settings } })
  const times: number[] = []
  return {
    times,
    async run() {
      bench.signal.throwIfAborted()
      times.push(await seconds(() => sh`sh scripts/bench/baseline.sh`))
    },
    remove: () => removeCluster(name),
  }
}

/** What a person writes: the nodes and their image, and on a cgroup v1 host what kubelet needs there. */
async function writeKindConfig(bench: Workbench): Promise<string> {
  const { nodeImage } = await bench.provision()
  const nodes = Array.from({ length: NODES }, (_, index) => ({
    role: index === 0 ? 'control-plane' : 'worker',
    image: nodeImage,
  }))
  const patches = (await cgroupVersion()) === 1 ? { kubeadmConfigPatches: [ACCEPT_CGROUP_V1] } : {}
  const file = join(bench.folder, 'kind.yaml')
  await writeFile(file, stringify({ kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4', nodes, ...patches }))
  return file
}

/** The machine's own kubectl, as a person would use it; where there is none, the one that was built beside kind. */
async function kubectl(bench: Workbench, kind: string): Promise<string> {
  const found = await which('kubectl', { nothrow: true })
  if (found !== null) return found
  const link = join(bench.folder, 'kubectl')
  // The program chooses what it is by the name that it is called by.
  await symlink(join(dirname(kind), 'kube'), link)
  return link
}

/** Takes no signal: what a bench made goes away also when it is interrupted. */
async function removeCluster(name: string): Promise<void> {
  const sh = $({ detached: true, quiet: true })
  const nodes = await sh`docker ps --all --quiet --filter label=io.x-k8s.kind.cluster=${name}`
  const containers = [...nodes.stdout.split('\n').filter((id) => id !== ''), `${name}-nfs`]
  await sh({ nothrow: true })`docker rm --force --volumes ${containers}`
  await sh`docker volume rm --force ${name}-nfs-export`
  const networks = await sh`docker network ls --quiet --filter name=^${name}$`
  if (networks.stdout.trim() !== '') await sh`docker network rm ${name}`
}
