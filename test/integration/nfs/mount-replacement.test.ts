import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { docker, type NfsClient } from './nfs-client.ts'
import { NfsLab } from './nfs-lab.ts'
import { seenWhileAway } from './server-away.ts'
import { appenders, namer, writer } from './writers.ts'

let lab: NfsLab
let client: NfsClient
let source: string
beforeAll(async () => {
  lab = await NfsLab.create()
  client = await lab.client()
  source = lab.source
})
afterAll(async () => lab[Symbol.asyncDispose]())

/** The process that serves /mnt/a, and the one that guards it. */
const WORKER = 'pgrep -f "^([^ ]*/)?mount.nfs-fuse .*/mnt/a( |$)"'
const GUARD = 'pgrep -f "^mount.nfs-guard .*/mnt/a$"'

/** Kills and starts the server when the client has made one file, does what is asked for there, and makes the other. */
async function restartServerOnce(made: string, done: string, onServer: string, onClient = 'true'): Promise<void> {
  await client.untilExists(made)
  await client.output(onClient)
  await docker('kill', '--signal', 'KILL', lab.env.nfsContainer)
  await lab.ensureServer()
  await lab.onServer(onServer)
  await client.output(`rm ${made}; touch ${done}`)
}

// The two describes run side by side: one is a wait of two minutes.
describe.concurrent('while processes die and servers restart', () => {
  beforeEach(async () => {
    await client.output('rm -f /tmp/written /tmp/restarted')
    await lab.ensureServer()
    await client.mountTwice(source)
    await client.output('rm -rf /mnt/a/* /mnt/a/.nfs*')
  })
  afterEach(async () => client.unmountAll())

  describe.sequential('a mount', () => {
    it('whose worker is killed 20 times goes on: no call fails, and nothing acknowledged is lost', async () => {
      const killing = `for i in $(seq 20); do sleep 1.1; kill -9 $(${WORKER}) || exit 1; done`
      const script = `${writer(24)} & ${namer(24)} & ${appenders(24)} & ${killing}; wait`
      expect(await client.output(script)).toBe('True\nTrue\nTrue')
    })

    it('whose guard and worker are killed in turn goes on', async () => {
      const killing = `for i in $(seq 4); do sleep 1.1; kill -9 $(${GUARD}) || exit 1; sleep 1.1; kill -9 $(${WORKER}) || exit 1; done`
      expect(await client.output(`${writer(11)} & ${killing}; wait`)).toBe('True')
      expect((await client.output(`sleep 1; ${WORKER}; ${GUARD}`)).split('\n')).toHaveLength(2)
    })

    it('whose worker is killed while the server is away waits for the server, and can be unmounted', async () => {
      await client.output('echo hello > /mnt/a/file')
      await docker('stop', '--time', '0', lab.env.nfsContainer)
      await client.output(`kill -9 $(${WORKER})`)
      const reading = client.output('cat /mnt/a/file')
      await client.output('timeout 5 stat -c %F /mnt/a')
      await lab.ensureServer()
      expect(await reading).toBe('hello')
      await docker('stop', '--time', '0', lab.env.nfsContainer)
      await client.output(`kill -9 $(${WORKER}); timeout 10 umount /mnt/a`)
      await client.output(`for i in $(seq 80); do ${WORKER} || ${GUARD} || exit 0; sleep 0.1; done; exit 1`)
    })

    it('whose worker dies again and again is ended, and does not spin', async () => {
      await client.output(
        `for i in $(seq 100); do grep -q " /mnt/a " /proc/mounts || exit 0; kill -9 $(${WORKER}); sleep 0.1; done; exit 1`,
      )
      await client.output(`for i in $(seq 50); do ${WORKER} || ${GUARD} || exit 0; sleep 0.1; done; exit 1`)
    })

    it('is ended by SIGTERM, as when a node shuts down', async () => {
      await client.output(
        `kill $(${WORKER}); for i in $(seq 50); do ${WORKER} || ${GUARD} || grep " /mnt/a " /proc/mounts || exit 0; sleep 0.1; done; exit 1`,
      )
    })

    it('at rest takes no more than 20 MiB, also after work', async ({ expect }) => {
      const memory = `for p in $(${WORKER}) $(${GUARD}); do cat /proc/$p/status; done | awk '/VmRSS/ { s += $2 } END { print s }'`
      expect(Number(await client.output(memory))).toBeLessThan(20 * 1024)
      await client.output(`for i in $(seq 40); do (dd if=/dev/zero of=/mnt/a/f$i bs=1M count=5 conv=fsync && cat /mnt/a/f$i) > /dev/null 2>&1 & done; wait
      mkdir /mnt/a/many; cd /mnt/a/many; seq 3000 | xargs touch; ls -l > /dev/null`)
      await expect.poll(async () => Number(await client.output(memory)), { timeout: 10_000 }).toBeLessThan(20 * 1024)
    })
  })

  describe.sequential('what fsync acknowledged', () => {
    it('survives SIGKILL of the server, and what was not yet is written again', async () => {
      const writing = client.output(writer(15))
      for (let round = 0; round < 3; round++) {
        await client.output('sleep 2')
        await docker('kill', '--signal', 'KILL', lab.env.nfsContainer)
        await lab.ensureServer()
      }
      expect(await writing).toBe('True')
    })

    it('is written again before fsync returns, when the server has forgotten it', async () => {
      const script = `
import os, time
fd = os.open('/mnt/a/kept', os.O_CREAT | os.O_RDWR)
for i in range(30): os.pwrite(fd, bytes([i]) * 100000, i * 90000)  # each lies over the one before
os.ftruncate(fd, 2000000)
open('/tmp/written', 'w').close()
while not os.path.exists('/tmp/restarted'): time.sleep(0.1)
os.fsync(fd)
expected = bytearray(2710000)
for i in range(30): expected[i * 90000:i * 90000 + 100000] = bytes([i]) * 100000
print(open('/mnt/b/kept', 'rb').read() == expected[:2000000])`
      const writing = client.python(script)
      await restartServerOnce('/tmp/written', '/tmp/restarted', 'truncate -s 0 /export/kept && truncate -s 2000000 /export/kept')
      expect(await writing).toBe('True')
    })

    it('survives SIGKILL of server and client at the same moment', async () => {
      await client.output('head -c 30000000 /dev/urandom > /tmp/data; dd if=/tmp/data of=/mnt/a/data bs=1M conv=fsync')
      await docker('kill', '--signal', 'KILL', lab.env.nfsContainer)
      await client.output(`kill -9 $(${WORKER}) $(${GUARD}); umount -l /mnt/a`)
      await lab.ensureServer()
      await client.output(`mount -t nfs ${source} /mnt/a && cmp /tmp/data /mnt/a/data`)
    })

    it('is not pretended: what a server forgot after its writer died is an error of fsync', async () => {
      const script = `
import os, time
fd = os.open('/mnt/a/forgotten', os.O_CREAT | os.O_WRONLY); os.write(fd, b'x' * 100000)
open('/tmp/written', 'w').close()
while not os.path.exists('/tmp/restarted'): time.sleep(0.1)
try: os.fsync(fd); print('fine')
except OSError as e: print(e.errno)
os.write(fd, b'x'); os.fsync(fd); print('fine')`
      const writing = client.python(script)
      await restartServerOnce('/tmp/written', '/tmp/restarted', 'true', `kill -9 $(${WORKER})`)
      expect(await writing).toBe('5\nfine')
    })
  })
})

describe.concurrent('a server that is away for 120 s', () => {
  it('is waited for by hard mounts, which lose nothing, but not by soft ones', { timeout: 4 * 60_000 }, async ({ expect }) => {
    const { hard, soft } = await seenWhileAway(120, 'soft,timeo=10,retrans=1')
    expect(hard).toBe('True\nTrue\nTrue\nTrue')
    expect(soft.ended.map(([error]) => error)).toEqual(['EIO', 'EIO', 'EIO'])
    // 1 s and 2 s: never earlier; a busy machine may be late.
    for (const [, seconds] of soft.ended) expect(seconds).toBeGreaterThanOrEqual(3)
    for (const [, seconds] of soft.ended) expect(seconds).toBeLessThan(6)
    expect(soft.works).toBe(true)
  })
})
