import type { Environment } from '../environment.ts'
import { StatelabError } from '../errors.ts'
import { type CommandRunner, pasteable } from '../process/command-runner.ts'
import { inspectNfsContainer } from './inspect.ts'
import type { NfsMachine } from './nfs-machine.ts'

/** The NFS server's container. */
export function dockerNfsMachine(runner: CommandRunner, env: Environment): NfsMachine {
  return {
    async address(signal) {
      const address = (await inspectNfsContainer(runner, env, signal))?.address
      if (address !== undefined) return address
      throw new StatelabError('not-found', `the NFS server ${env.nfsContainer} has no address`, { fix: 'statelab up' })
    },
    run: (command, signal) => runner.run('docker', ['exec', env.nfsContainer, ...command], { signal, allow: 'any' }),
    command: (command) => pasteable('docker', ['exec', env.nfsContainer, ...command]),
  }
}
