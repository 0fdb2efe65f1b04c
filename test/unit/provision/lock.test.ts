import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockEnvironment } from '../../../scripts/provision/lock.ts'
import { temporaryEnvironment } from '../../helpers/temporary-environment.ts'

let temporary: Awaited<ReturnType<typeof temporaryEnvironment>>
beforeEach(async () => {
  temporary = await temporaryEnvironment('t')
})
afterEach(() => temporary[Symbol.asyncDispose]())

describe('lockEnvironment', () => {
  it('lies beside the environment’s folder, not in it, and goes away', async () => {
    const { env } = temporary
    const folder = dirname(env.folder)
    const lock = await lockEnvironment(env)
    expect(await readdir(folder)).toEqual(['t.lock'])
    await lock[Symbol.asyncDispose]()
    expect(await readdir(folder)).toEqual([])
  })

  it('is refused while a live process holds it, with its number', async () => {
    const { env } = temporary
    const other = spawn('sleep', ['30'])
    try {
      await once(other, 'spawn')
      await mkdir(dirname(env.folder), { recursive: true })
      await writeFile(`${env.folder}.lock`, String(other.pid))
      await expect(lockEnvironment(env)).rejects.toMatchObject({
        code: 'operation-failed',
        message: `another statelab (process ${other.pid}) is working on t`,
        fix: expect.stringContaining('wait'),
      })
    } finally {
      other.kill()
    }
  })

  it('is taken over from a dead process', async () => {
    const { env } = temporary
    const other = spawn('true')
    await once(other, 'exit')
    await mkdir(dirname(env.folder), { recursive: true })
    await writeFile(`${env.folder}.lock`, String(other.pid))
    await using _lock = await lockEnvironment(env)
    await expect(lockEnvironment(env)).rejects.toMatchObject({ message: expect.stringContaining(`process ${process.pid}`) })
  })

  it('is one for each environment', async () => {
    const { env } = temporary
    await using _one = await lockEnvironment(env)
    await using _other = await lockEnvironment({ ...env, name: 'u' })
    expect((await readdir(dirname(env.folder))).sort()).toEqual(['t.lock', 'u.lock'])
  })
})
