import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BENCH, reserveEnvironment } from '../../../scripts/bench/reserve-environment.ts'
import { environment } from '../../../scripts/environment.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'statelab-reserve-'))
  vi.stubEnv('STATELAB_HOME', home)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true })
})

test('a second bench is refused while one runs, and can run after it', async () => {
  const first = await reserveEnvironment()
  await expect(reserveEnvironment()).rejects.toThrow(`(process ${process.pid}) is working on bench`)
  await first[Symbol.asyncDispose]()
  await (await reserveEnvironment())[Symbol.asyncDispose]()
})

test('an environment that a person made is refused, not removed, and nothing stays locked', async () => {
  const { folder } = environment(BENCH)
  await mkdir(folder, { recursive: true })
  await expect(reserveEnvironment()).rejects.toMatchObject({ code: 'operation-failed', fix: 'statelab down --name bench' })
  expect(await readdir(join(folder, '..'))).toEqual([BENCH])
})
