import { listNodes, stopNodes } from '../cluster/nodes.ts'
import type { Environment } from '../environment.ts'
import type { CommandRunner } from '../process/command-runner.ts'
import type { Operation } from '../provision/parts.ts'
import { runSteps } from '../steps/run-steps.ts'

/**
 * Stops an environment's containers. The nodes first: a mount that loses its server would make them wait.
 * @returns how many containers were stopped.
 */
export async function pauseEnvironment(env: Environment, { runner, signal, emit }: Operation): Promise<number> {
  let stopped = 0
  await runSteps(
    [
      {
        id: 'nodes',
        title: 'Stop the nodes',
        run: async (context) => {
          const nodes = await stopNodes(runner, env, context.signal)
          stopped += nodes
          return `${nodes} of ${(await listNodes(runner, env.cluster, context.signal)).length}`
        },
      },
      {
        id: 'nfs',
        title: 'Stop the NFS server',
        needs: ['nodes'],
        run: async (context) => {
          const ran = await isRunning(env.nfsContainer, runner, context.signal)
          if (ran) await runner.run('docker', ['stop', env.nfsContainer], { signal: context.signal })
          if (ran) stopped += 1
          return ran ? env.nfsContainer : 'was not running'
        },
      },
    ],
    { signal, emit },
  )
  return stopped
}

async function isRunning(container: string, runner: CommandRunner, signal: AbortSignal): Promise<boolean> {
  const args = ['container', 'inspect', '--format', '{{.State.Running}}', container]
  const { exitCode, stdout } = await runner.run('docker', args, { signal, allow: 'any' })
  return exitCode === 0 && stdout === 'true'
}
