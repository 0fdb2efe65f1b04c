import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const HEARTBEAT_MS = 5_000
const SILENT_MS = 60_000
const POLL_MS = 100

/** Runs `work` while no other process installs into this checkout. A lock whose holder is gone is taken over. */
export async function withInstallLock(root, work) {
  // Beside node_modules, not in it: npm ci begins by removing that folder.
  const lock = join(root, '.statelab-lock')
  await acquire(lock)
  const heartbeat = setInterval(() => touch(lock), HEARTBEAT_MS)
  heartbeat.unref()
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    rmSync(lock, { recursive: true, force: true })
  }
}

async function acquire(lock) {
  const watch = new HolderWatch(lock)
  for (let told = false; !makeFolder(lock); ) {
    if (watch.isGone()) breakLock(lock, watch)
    else {
      if (!told) process.stderr.write(`statelab: waiting for another start that is installing (it holds ${lock})\n`)
      told = true
      await delay(POLL_MS)
    }
  }
  writeFileSync(ownerFile(lock), JSON.stringify({ host: hostname(), pid: process.pid }))
}

/** Only one process at a time may break a lock, and it looks again first: else it could break the next holder's. */
function breakLock(lock, watch) {
  const guard = `${lock}.breaking`
  if (!makeFolder(guard)) return
  try {
    if (watch.isGone()) rmSync(lock, { recursive: true, force: true })
  } finally {
    rmSync(guard, { recursive: true, force: true })
  }
}

/** Tells whether a lock's holder still lives: by its process, and by its heartbeat where the process cannot be seen. */
class HolderWatch {
  #lock
  #beat
  #since = performance.now()

  constructor(lock) {
    this.#lock = lock
  }

  isGone() {
    const beat = heartbeatOf(this.#lock)
    if (beat === undefined) return false
    if (beat !== this.#beat) {
      this.#beat = beat
      this.#since = performance.now()
    }
    return holderIsDead(this.#lock) || performance.now() - this.#since > SILENT_MS
  }
}

function holderIsDead(lock) {
  try {
    const { host, pid } = JSON.parse(readFileSync(ownerFile(lock), 'utf8'))
    if (host !== hostname()) return false
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

function heartbeatOf(lock) {
  return statSync(lock, { throwIfNoEntry: false })?.mtimeMs
}

function touch(lock) {
  try {
    utimesSync(lock, new Date(), new Date())
  } catch {
    // Removed by hand: the installation goes on, and its end does not depend on the lock.
  }
}

function makeFolder(path) {
  try {
    mkdirSync(path)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

const ownerFile = (lock) => join(lock, 'owner.json')
