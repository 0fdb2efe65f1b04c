import { existsSync } from 'node:fs'
import { environment } from '../environment.ts'
import { StatelabError } from '../errors.ts'
import { lockEnvironment } from '../provision/lock.ts'

/** The name of the environment that figures are measured with. */
export const BENCH = 'bench'

/**
 * Keeps everyone else from the bench's environment until the lock is disposed of. Containers without a folder are the rest
 * of a bench that was killed; with one they are a person's, and nothing here may remove them.
 * @throws {StatelabError} `operation-failed` when a person has an environment of that name, or another bench runs.
 */
export async function reserveEnvironment(): Promise<AsyncDisposable> {
  const own = environment(BENCH)
  const lock = await lockEnvironment(own)
  if (!existsSync(own.folder)) return lock
  await lock[Symbol.asyncDispose]()
  throw new StatelabError('operation-failed', `there is an environment ${BENCH}, which the bench would have to remove`, {
    fix: `statelab down --name ${BENCH}`,
  })
}
