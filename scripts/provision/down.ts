import { rm } from 'node:fs/promises'
import { removeNetwork } from '../cluster/network.ts'
import { removeNodes } from '../cluster/nodes.ts'
import type { Environment } from '../environment.ts'
import { removeNfsServer } from '../nfs/server.ts'
import { runSteps, Skipped, type Step } from '../steps/run-steps.ts'
import { lockEnvironment } from './lock.ts'
import type { Operation } from './parts.ts'

/**
 * Removes everything of an environment: containers with their volumes, the export, the network, the files. Nothing of it
 * has to be intact, and it may be repeated. Nodes go first: the mounts of a dead NFS server go with their containers.
 */
export async function down(env: Environment, operation: Operation): Promise<void> {
  await using _lock = await lockEnvironment(env)
  await removeEnvironment(env, operation)
}

/** As `down`, for a caller that holds the environment's lock. */
export async function removeEnvironment(env: Environment, operation: Operation): Promise<void> {
  await runSteps(downPlan(env, operation), operation)
}

/** `down`, as a list. */
export function downPlan(env: Environment, { runner }: Operation): Step[] {
  return [
    {
      id: 'cluster',
      title: 'Remove the nodes',
      run: async ({ signal }) => {
        const removed = await removeNodes(runner, env, signal)
        return removed === 0 ? new Skipped('none') : `${removed} removed`
      },
    },
    {
      id: 'nfs',
      title: 'Remove the NFS server and its export',
      needs: ['cluster'],
      run: async ({ signal }) => ((await removeNfsServer(env, signal, runner)) ? 'removed' : new Skipped('none')),
    },
    {
      id: 'network',
      title: 'Remove the network',
      needs: ['nfs'],
      run: async ({ signal }) => ((await removeNetwork(runner, env, signal)) ? 'removed' : new Skipped('none')),
    },
    {
      id: 'files',
      title: 'Remove the files',
      needs: ['network'],
      run: async () => {
        await rm(env.folder, { recursive: true, force: true })
        return env.folder
      },
    },
  ]
}
