import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NfsClient } from './nfs-client.ts'
import { NfsLab, sourceOf } from './nfs-lab.ts'
import { noQuotaDisk } from './quota-disk.ts'

let lab: NfsLab
let client: NfsClient
beforeAll(async () => {
  lab = await NfsLab.create()
  client = await lab.client()
})
afterAll(async () => lab[Symbol.asyncDispose]())
afterEach(async () => client.unmountAll())

/** Makes room in an export. */
type MakeRoom = () => Promise<unknown>

async function mountServerOf(...exported: string[]): Promise<void> {
  await client.mount(await sourceOf(await lab.runReadyServer(...exported)), '/mnt/a')
}

async function mountFullDisk(): Promise<MakeRoom> {
  await mountServerOf('--tmpfs', '/export:size=4m')
  return () => client.output('truncate --size 0 /mnt/a/filler')
}

async function mountQuota(): Promise<MakeRoom> {
  const disk = await lab.quotaDisk('4M')
  await mountServerOf('--volume', `${disk.volume}:/export`)
  return () => disk.setLimit('64M') // at its limit, btrfs does not even truncate
}

/** A log that goes on while its records are refused, and after there is room again. */
const LOG = `
import errno, os, time
filler = os.open('/mnt/a/filler', os.O_CREAT | os.O_WRONLY); os.write(filler, b'x' * 2000000); os.fsync(filler)
log, taken, refused = os.open('/mnt/a/log', os.O_CREAT | os.O_WRONLY | os.O_APPEND), 0, set()
def append():
    global taken
    try:
        os.write(log, b'%0999d\\n' % taken); taken += 1
        if taken % 100 == 0: os.fsync(log)
    except OSError as e: refused.add(errno.errorcode[e.errno])
while not refused: append()
for i in range(50): append()
open('/tmp/full', 'w').close()
while not os.path.exists('/tmp/room'): time.sleep(0.1)
for i in range(500): append()
os.close(log)
lines = open('/mnt/a/log').read().splitlines()
print(*refused, taken > 1000, lines == ['%0999d' % i for i in range(taken)])`

/** The first write to a file that was opened while there was room, when there is none any more. */
const ONCE = `
import errno, os
once, filler = (os.open('/mnt/a/' + name, os.O_CREAT | os.O_WRONLY) for name in ('once', 'filler'))
for size in 100000, 4096:
    try:
        while True: os.write(filler, b'x' * size); os.fsync(filler)
    except OSError: pass
try: os.write(once, b'x' * 8192); print('taken')
except OSError as e: print(errno.errorcode[e.errno])`

describe.each([
  {
    where: 'on a full disk',
    error: 'ENOSPC',
    words: 'No space left on device',
    mount: mountFullDisk,
    absent: async () => undefined,
  },
  { where: 'over a quota', error: 'EDQUOT', words: 'Disk quota exceeded', mount: mountQuota, absent: noQuotaDisk },
])('writing $where', ({ error, words, mount, absent }) => {
  beforeEach(async ({ skip }) => {
    const reason = await absent()
    if (reason) skip(reason)
  })

  it('is told at write or close, and never lost', async () => {
    await mount()
    const { exitCode, output } = await client.run('dd if=/dev/zero of=/mnt/a/big bs=1M count=8')
    expect(output).toContain(words)
    expect(exitCode).toBe(1)
  })

  it('is told at the write itself to one who writes once', async () => {
    await mount()
    expect(await client.python(ONCE)).toBe(error)
  })

  it('keeps every record that a log took, in order, when there is room again', async () => {
    const makeRoom = await mount()
    await client.output('rm -f /tmp/full /tmp/room')
    const logging = client.python(LOG)
    await client.untilExists('/tmp/full')
    await makeRoom()
    await client.output('touch /tmp/room')
    expect(await logging).toBe(`${error} True True`)
  })
})
