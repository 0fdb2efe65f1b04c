import { join } from 'node:path'
import type { Environment } from '../environment.ts'
import { StatelabError } from '../errors.ts'
import { tryLockFile } from '../process/lock-file.ts'

/** Another process makes or removes the environment. */
export class EnvironmentBusyError extends StatelabError {
  override readonly name = 'EnvironmentBusyError'

  constructor(env: Environment, holder: number) {
    super('operation-failed', `another statelab (process ${holder}) is working on ${env.name}`, {
      fix: 'wait until it has ended, then type the command again',
    })
  }
}

/**
 * Keeps two commands from making or removing the same environment at once.
 * @throws {EnvironmentBusyError} when another process is at it.
 */
export async function lockEnvironment(env: Environment): Promise<AsyncDisposable> {
  const attempt = await tryLockFile(join(env.folder, '..', `${env.name}.lock`))
  if ('lock' in attempt) return attempt.lock
  throw new EnvironmentBusyError(env, attempt.holder)
}
