import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { docker, type NfsClient } from './nfs-client.ts'
import { NfsLab } from './nfs-lab.ts'

const CLIENTS = 4
/** Records that every client must have been told are safe, before and after each restart. */
const RECORDS = 100

let lab: NfsLab
let clients: NfsClient[]
beforeAll(async () => {
  lab = await NfsLab.withServer()
  clients = await Promise.all(Array.from({ length: CLIENTS }, () => lab.client()))
  await Promise.all(clients.map((client) => client.mount(lab.source, '/mnt/a')))
})
afterAll(async () => lab[Symbol.asyncDispose]())

/** Appends records until it is told to stop; what fsync acknowledged goes into a ledger on the client's own disk. */
const write = (client: NfsClient, number: number): Promise<string> =>
  client.python(`
import os
file = os.open('/mnt/a/records-${number}', os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
count = 0
while not os.path.exists('/tmp/stop'):
    os.write(file, b'%d %059d\\n' % (${number}, count))
    os.fsync(file)
    count += 1
    with open('/tmp/ledger.new', 'w') as ledger: ledger.write(str(count))
    os.rename('/tmp/ledger.new', '/tmp/ledger')
os.close(file)
print(count)`)

const acknowledged = async (client: NfsClient): Promise<number> =>
  Number((await client.run('cat /tmp/ledger 2>/dev/null || echo 0')).output)

async function untilAllWrote(more: number): Promise<void> {
  const before = await Promise.all(clients.map(acknowledged))
  for (const [number, client] of clients.entries())
    await expect.poll(() => acknowledged(client), { timeout: 30_000 }).toBeGreaterThanOrEqual((before[number] ?? 0) + more)
}

describe('a server that is restarted while four clients write', () => {
  it('loses nothing that it acknowledged, and all of them go on', async () => {
    const writing = clients.map(write)
    try {
      await untilAllWrote(RECORDS)
      await docker('restart', lab.env.nfsContainer)
      await untilAllWrote(RECORDS)
      await docker('kill', lab.env.nfsContainer)
      await delay(1_000) // away long enough that every client is waiting for it
      await docker('start', lab.env.nfsContainer)
      await untilAllWrote(RECORDS)
    } finally {
      await Promise.all(clients.map((client) => client.output('touch /tmp/stop')))
    }
    const counts = (await Promise.all(writing)).map(Number)
    for (const [number, count] of counts.entries()) {
      const file = await docker('exec', lab.env.nfsContainer, 'cat', `/export/records-${number}`)
      const records = file.trimEnd().split('\n')
      const expected = Array.from({ length: count }, (_, record) => `${number} ${String(record).padStart(59, '0')}`)
      // A call that was not answered is made again: a record may be there twice, none may be missing or torn.
      expect(new Set(records)).toEqual(new Set(expected))
      expect(records.length - count).toBeLessThanOrEqual(2)
    }
  })
})
