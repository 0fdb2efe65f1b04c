import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { countRequests, type RequestCount } from '../../../scripts/bench/count-requests.ts'

const run = promisify(execFile)

test('reads and writes of a program are told apart, whichever way it sends them', async () => {
  const sends = (server: string) =>
    `const { request } = require('node:http')
     request('${server}/api', { method: 'GET' }).end()
     request('${server}/api', { method: 'PATCH' }).end()
     fetch('${server}/api', { method: 'DELETE' })`
  expect(await count(sends)).toEqual({ reads: 1, writes: 2 })
})

test('what goes to another server is not counted', async () => {
  const other = createServer((_, answer) => answer.end()).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const sends = (server: string) => `fetch('${server}/version'); fetch('http://127.0.0.1:${port}/', { method: 'POST' })`
  expect(await count(sends)).toEqual({ reads: 1, writes: 0 })
  other.close()
})

test('a program that asks the server nothing is an error: 0 writes of it would mean nothing', async () => {
  await expect(count(() => '')).rejects.toThrow(/nothing was asked of http:\/\/127/)
})

async function count(program: (server: string) => string): Promise<RequestCount> {
  const folder = await mkdtemp(join(tmpdir(), 'statelab-count-'))
  const server = createServer((_, answer) => answer.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    return await countRequests({ server: url, file: join(folder, 'requests') }, (variables) =>
      run(process.execPath, ['--eval', program(url)], { env: { ...process.env, ...variables } }),
    )
  } finally {
    expect(await readdir(folder)).toEqual([])
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  }
}
