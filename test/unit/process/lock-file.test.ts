import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tryLockFile } from '../../../scripts/process/lock-file.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-lock-'))
  file = join(folder, 'new', 'x.lock')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function lock(): Promise<AsyncDisposable> {
  const attempt = await tryLockFile(file)
  if (!('lock' in attempt)) throw new Error(`process ${attempt.holder} holds it`)
  return attempt.lock
}

/** Leaves a lock as another process would. */
async function writeLock(text: string): Promise<void> {
  await (await lock())[Symbol.asyncDispose]()
  await writeFile(file, text)
}

describe('tryLockFile', () => {
  it('takes a lock that is free, in a folder for its owner only', async () => {
    await using _lock = await lock()
    expect((await readFile(file, 'utf8')).split(' ')[0]).toBe(String(process.pid))
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700)
  })

  it('leaves nothing behind', async () => {
    await (await lock())[Symbol.asyncDispose]()
    expect(await readdir(join(folder, 'new'))).toEqual([])
  })

  it('names the process that holds it, this one too', async () => {
    await using _lock = await lock()
    expect(await tryLockFile(file)).toEqual({ holder: process.pid })
    expect(await readdir(join(folder, 'new'))).toEqual(['x.lock'])
  })

  it('respects another process that lives', async () => {
    const other = spawn('sleep', ['30'])
    try {
      await once(other, 'spawn')
      await writeLock(String(other.pid))
      expect(await tryLockFile(file)).toEqual({ holder: other.pid })
    } finally {
      other.kill()
    }
  })

  it('takes over the lock of a process that has ended', async () => {
    const other = spawn('true')
    await once(other, 'exit')
    await writeLock(`${other.pid} 12345`)
    await using _lock = await lock()
    expect((await readFile(file, 'utf8')).split(' ')[0]).toBe(String(process.pid))
  })

  it.runIf(process.platform === 'linux')('takes over the lock of a process whose number another one has now', async () => {
    await writeLock(`${process.ppid} 1`)
    await using _lock = await lock()
    expect(await readdir(join(folder, 'new'))).toEqual(['x.lock'])
  })

  it.each(['', 'rubbish', '-1', '0', '\0'])('takes over a lock that names no process: %j', async (text) => {
    await writeLock(text)
    await using _lock = await lock()
    expect(await tryLockFile(file)).toEqual({ holder: process.pid })
  })

  it('is given to one only, when many want it and a dead one has it', async () => {
    await writeLock('999999999 1')
    const attempts = await Promise.all(Array.from({ length: 20 }, () => tryLockFile(file)))
    expect(attempts.filter((attempt) => 'lock' in attempt)).toHaveLength(1)
    expect(attempts.filter((attempt) => 'holder' in attempt && attempt.holder === process.pid)).toHaveLength(19)
    expect(await readdir(join(folder, 'new'))).toEqual(['x.lock'])
  })
})
