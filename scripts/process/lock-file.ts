import { randomUUID } from 'node:crypto'
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
  const own = `${file}.${randomUUID()}`
  const { since } = await lifeOf(process.pid)
  await writeFile(own, `${process.pid} ${since}`, { mode: 0o600 })
  await using _own = { [Symbol.asyncDispose]: () => rm(own, { force: true }) }
  for (;;) {
    try {
      await link(own, file)
      return { lock: { [Symbol.asyncDispose]: () => rm(file, { force: true }) } }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const held = await readFile(file, 'utf8').catch(() => '')
      if (await isAlive(held)) return { holder: Number.parseInt(held, 10) }
      await removeDead(file, held)
    }
  }
}

/**
 * Two may find the same dead lock, and the slower one must not remove the lock that the faster one has taken since: only
 * who holds the lock for taking over removes a dead one, after another look.
 */
async function removeDead(file: string, held: string): Promise<void> {
  const attempt = await tryLockFile(`${file}.takeover`)
  if (!('lock' in attempt)) return
  await using _takeover = attempt.lock
  if ((await readFile(file, 'utf8').catch(() => undefined)) === held) await rm(file, { force: true })
}

/** Whether the process that wrote the lock still runs: not a later one that was given its number. */
async function isAlive(held: string): Promise<boolean> {
  const [number, since] = held.split(' ')
  const pid = Number(number)
  if (!(pid > 0) || !exists(pid)) return false
  const life = await lifeOf(pid)
  // A zombie works on nothing. A start that is not known, here or there, says nothing.
  return life.state !== 'Z' && (!since || life.since === '' || life.since === since)
}

/** Signal 0 asks whether the process exists without touching it. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A process' state and when it began, in ticks since the machine's start; both empty where there is no /proc. */
async function lifeOf(pid: number): Promise<{ readonly state: string; readonly since: string }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field is the program's name in parentheses: it may hold blanks and parentheses itself.
  const [state = '', ...others] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state, since: others[18] ?? '' }
}
