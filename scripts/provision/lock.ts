import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../environment.ts'
import { StatelabError } from '../errors.ts'

/**
 * Keeps two commands from making or removing the same environment at once.
 * @throws {StatelabError} `operation-failed` when another process holds it; a dead one's lock is taken over.
 */
export async function lockEnvironment(env: Environment, signal: AbortSignal): Promise<AsyncDisposable> {
  const folder = join(env.folder, '..')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${env.name}.lock`)
  // Written whole before it appears under its name: nobody ever reads a lock without its holder.
  const own = `${file}.${process.pid}`
  await writeFile(own, String(process.pid), { mode: 0o600 })
  await using _own = { [Symbol.asyncDispose]: () => rm(own, { force: true }) }
  for (;;) {
    signal.throwIfAborted()
    try {
      await link(own, file)
      return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = Number(await readFile(file, 'utf8').catch(() => ''))
      if (isAlive(holder)) {
        throw new StatelabError('operation-failed', `another statelab (process ${holder}) is working on ${env.name}`, {
          fix: `wait until it has ended, then type the command again`,
        })
      }
      await rm(file, { force: true })
    }
  }
}

/** Signal 0 asks whether the process exists without touching it. */
function isAlive(pid: number): boolean {
  if (!(pid > 0) || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
