import { join } from 'node:path'
import { kindConfig, podSubnetOf } from '../cluster/kind-config.ts'
import { fetchKubeconfig } from '../cluster/kubeconfig.ts'
import { createCluster } from '../cluster/kind.ts'
import { type ClusterNetwork, ensureNetwork } from '../cluster/network.ts'
import { startNodes } from '../cluster/nodes.ts'
import type { Environment } from '../environment.ts'
import type { Provision } from '../images/source.ts'
import { connect } from '../kube/connect.ts'
import { ensureNfsServer } from '../nfs/server.ts'
import { Skipped, type Step } from '../steps/run-steps.ts'
import { untilApiAnswers } from './api.ts'
import { markComplete } from './completion.ts'
import { untilNamesResolve, untilNodesReady } from './cluster-ready.ts'
import { applyMetricsServer, nodesHave } from './metrics-server.ts'
import type { Operation } from './parts.ts'
import { applyPodNetwork } from './pod-network.ts'
import { applyProvisioner, untilProvisionerAvailable } from './provisioner.ts'
import { dropNetworkOfOther, SOURCE_LABEL } from './made-from.ts'
import { proveStorage } from './prove-storage.ts'

export interface UpPlan extends Operation {
  readonly provision: Provision
  readonly nodes: number
  readonly cgroupVersion: 1 | 2
  /** True when the nodes' containers exist and only have to run. */
  readonly clusterExists: boolean
}

/**
 * `up`, as a list. Each step starts the moment what it needs is there: the NFS server starts while kind works, and the
 * provisioner is applied when the API answers, long before the last node has joined.
 */
export function upPlan(env: Environment, plan: UpPlan): Step[] {
  const { runner, root, provision, nodes, cgroupVersion, clusterExists } = plan
  const kube = connect(env.kubeconfig)
  const manifests = join(root, 'manifests')
  const kindFile = join(manifests, 'kind', 'cluster.yaml')
  const controlPlane = Promise.withResolvers<void>()
  let network: ClusterNetwork | undefined
  let metricsServer = ''
  const networkOf = (): ClusterNetwork => {
    if (!network) throw new Error('the network step has not run')
    return network
  }

  return [
    {
      id: 'network',
      title: 'Create the network',
      run: async ({ signal }) => {
        // The rest of an environment that was made from another source would still carry its name.
        if (!clusterExists) await dropNetworkOfOther(env, { runner, source: provision.source, signal })
        network = await ensureNetwork(runner, env, { labels: { [SOURCE_LABEL]: provision.source }, signal })
        return network.subnet
      },
    },
    {
      id: 'nfs',
      title: 'Start the NFS server',
      needs: ['network'],
      run: async ({ signal, progress }) => {
        const { subnet, nfsAddress } = networkOf()
        const options = {
          runner,
          image: provision.nfsServerImage,
          network: env.network,
          subnet,
          address: nfsAddress,
          signal,
          progress,
        }
        const { address, exportPath } = await ensureNfsServer(env, options)
        return `${address}:${exportPath}`
      },
    },
    {
      id: 'cluster',
      title: clusterExists ? 'Start the nodes' : `Create the cluster: Kubernetes ${provision.kubernetes}, ${nodes} nodes`,
      needs: ['network'],
      run: async ({ signal, progress }) => {
        if (clusterExists) {
          controlPlane.resolve()
          const started = await startNodes(runner, env, signal)
          return started === 0 ? new Skipped('running') : `${started} started`
        }
        const config = await kindConfig(kindFile, {
          nodes,
          image: provision.nodeImage,
          cgroupVersion,
        })
        const report = (line: string): void => {
          if (line.includes('control-plane')) controlPlane.resolve()
          progress(line)
        }
        await createCluster(env, config, { runner, kind: provision.kind, signal, progress: report })
        controlPlane.resolve()
        return undefined
      },
    },
    {
      id: 'api',
      title: 'Wait for the API server',
      needs: ['network'],
      run: async ({ signal, progress }) => {
        // Before kubeadm runs there is nothing to ask, and asking takes processor time from what is awaited.
        await orAborted(controlPlane.promise, signal)
        await fetchKubeconfig(env, { runner, kind: provision.kind, signal, progress })
        return untilApiAnswers(kube, { signal, progress })
      },
    },
    {
      id: 'pod-network',
      title: 'Install the Pod network',
      needs: ['api'],
      run: async ({ signal }) => {
        if (clusterExists) return new Skipped('installed')
        const podSubnet = await podSubnetOf(kindFile)
        await applyPodNetwork(kube, env, { runner, podSubnet, signal })
        return podSubnet
      },
    },
    {
      id: 'provisioner',
      title: 'Install the NFS provisioner',
      needs: ['api', 'nfs'],
      run: async ({ signal }) => {
        const image = provision.provisionerImage
        await applyProvisioner(kube, join(manifests, 'provisioner'), { server: networkOf().nfsAddress, image, signal })
        return image
      },
    },
    {
      id: 'provisioner-available',
      title: 'Wait for the provisioner',
      needs: ['provisioner'],
      run: ({ signal, progress }) => untilProvisionerAvailable(kube, { signal, progress }),
    },
    {
      id: 'storage',
      title: 'Prove a dynamic volume',
      needs: ['provisioner'],
      run: ({ signal, progress }) => proveStorage(kube, join(manifests, 'provisioner', 'proof'), { signal, progress }),
    },
    {
      id: 'metrics-server',
      title: 'Install metrics-server',
      // It needs no storage: but its start would take processor time from what is awaited.
      needs: ['storage'],
      run: async ({ signal }) => {
        const image = provision.metricsServerImage
        if (image === undefined) return new Skipped('the image source has none')
        if (clusterExists && !(await nodesHave(kube, image, signal))) return new Skipped('the nodes do not have its image')
        await applyMetricsServer(kube, join(manifests, 'metrics-server'), { image, signal })
        metricsServer = image
        return image
      },
    },
    {
      id: 'nodes',
      title: 'Wait for the nodes and DNS',
      needs: ['pod-network', 'cluster'],
      run: async ({ signal, progress }) => {
        const [ready] = await Promise.all([
          untilNodesReady(kube, nodes, { signal, progress }),
          untilNamesResolve(kube, { signal, progress }),
        ])
        return ready
      },
    },
    {
      id: 'complete',
      title: 'Note that it is complete',
      needs: ['nodes', 'metrics-server', 'provisioner-available'],
      run: async ({ signal }) => markComplete(kube, env, { nodes, provision, metricsServer, signal }),
    },
  ]
}

async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
