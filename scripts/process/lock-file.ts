import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A lock that is held until it is disposed of, or the process that holds it instead. */
export type LockAttempt = { readonly lock: AsyncDisposable } | { readonly holder: number }

/**
 * Tries to take a lock that holds between processes. A dead process' lock is taken over.
 * @param file the lock's path; its folder is made when it is missing.
 */
export async function tryLockFile(file: string): Promise<LockAttempt> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  // Written whole before it appears under its name: nobody ever reads a lock without its holder.
  const own = `${file}.${process.pid}`
  await writeFile(own, String(process.pid), { mode: 0o600 })
  await using _own = { [Symbol.asyncDispose]: () => rm(own, { force: true }) }
  for (;;) {
    try {
      await link(own, file)
      return { lock: { [Symbol.asyncDispose]: () => rm(file, { force: true }) } }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = Number(await readFile(file, 'utf8').catch(() => ''))
      if (isAlive(holder)) return { holder }
      await rm(file, { force: true })
    }
  }
}

/** Signal 0 asks whether the process exists without touching it. */
function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
