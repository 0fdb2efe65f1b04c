import { existsSync } from 'node:fs'
import type { Environment } from '../environment.ts'
import { dockerNodes } from '../cluster/docker-nodes.ts'
import { connect } from '../kube/connect.ts'
import { KubernetesError } from '../kube/kubernetes-error.ts'
import { dockerExportView } from '../nfs/docker-export-view.ts'
import { dockerNfsMachine } from '../nfs/docker-nfs-machine.ts'
import { EXPORT_PATH } from '../nfs/export-path.ts'
import type { CommandRunner } from '../process/command-runner.ts'
import type { LabEnvironment } from '../runner/lab-context.ts'
import { type LabState, labStates } from '../runner/lab-state.ts'
import { withTimeout } from '../wait/deadline.ts'

/** An environment as the labs' runner uses it. */
export function labEnvironment(env: Environment, runner: CommandRunner): LabEnvironment {
  return {
    name: env.name,
    kube: connect(env.kubeconfig),
    export: dockerExportView(runner, env),
    nodes: dockerNodes(runner, env),
    nfs: dockerNfsMachine(runner, env),
    removeDirectory: async (directory, signal) => {
      // It is one name at the root of the export: anything else would delete what nobody asked for.
      if (!/^[a-z0-9][-.a-z0-9]*$/.test(directory))
        throw new Error(`${JSON.stringify(directory)} is not the directory of a volume`)
      await runner.run('docker', ['exec', env.nfsContainer, 'rm', '-rf', '--', `${EXPORT_PATH}/${directory}`], { signal })
    },
  }
}

/** Loading the client counts too, and takes seconds on a busy machine. */
const ANSWER_MS = 15_000

/** How far each lab has come. Where there is no environment, or one that does not answer, none has begun as far as can be seen. */
export async function readLabStates(env: Environment, signal: AbortSignal): Promise<ReadonlyMap<string, LabState>> {
  if (!existsSync(env.kubeconfig)) return new Map()
  try {
    return await labStates(connect(env.kubeconfig), withTimeout(signal, ANSWER_MS))
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof KubernetesError || (error instanceof Error && error.name === 'TimeoutError')) return new Map()
    throw error
  }
}
