import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ensureNfsServer } from '../../../scripts/nfs/server.ts'
import { docker, type NfsClient, NfsLab } from './nfs-lab.ts'

let lab: NfsLab
let client: NfsClient
let source: string
beforeAll(async () => {
  lab = await NfsLab.create()
  client = await lab.client()
  source = `${lab.network.nfsAddress}:/export`
})
afterAll(async () => lab[Symbol.asyncDispose]())

beforeEach(async () => {
  await client.output('rm -f /tmp/written /tmp/restarted')
  await ensureNfsServer(lab.env, lab.serverOptions())
  await client.output(`mount -t nfs ${source} /mnt/a && mount -t nfs ${source} /mnt/b && rm -rf /mnt/a/* /mnt/a/.nfs*`)
})
afterEach(async () => void (await client.output('cd /; umount -l /mnt/a; umount -l /mnt/b; true')))

/** The process that serves /mnt/a, and the one that guards it. */
const WORKER = 'pgrep -f "^([^ ]*/)?mount.nfs-fuse .*/mnt/a( |$)"'
const GUARD = 'pgrep -f "^mount.nfs-guard .*/mnt/a$"'

/** Writes, appends and fsyncs for some seconds; prints whether the other mount has everything that was acknowledged. */
const WRITER = `
import os, sys, time
count, end = 0, time.monotonic() + float(sys.argv[1])
at = os.open('/mnt/a/written', os.O_CREAT | os.O_WRONLY); tail = os.open('/mnt/a/appended', os.O_CREAT | os.O_WRONLY | os.O_APPEND)
while time.monotonic() < end:
    os.pwrite(at, b'%015d\\n' % count, 16 * count); os.write(tail, b'%015d\\n' % count)
    if count % 10 == 0: os.fsync(at); os.fsync(tail)
    count += 1
os.close(at); os.close(tail)
expected = b''.join(b'%015d\\n' % i for i in range(count))
print(count > 0 and all(open('/mnt/b/' + name, 'rb').read() == expected for name in ('written', 'appended')))`

/** Makes, renames, links and removes for some seconds, with a file that stays open; fails at the first surprise. */
const NAMER = `
import os, sys, time
count, end = 0, time.monotonic() + float(sys.argv[1])
os.mkdir('/mnt/a/names'); os.chdir('/mnt/a/names')
while time.monotonic() < end:
    os.mkdir('d'); fd = os.open('d/x', os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o640); os.write(fd, b'abc')
    os.rename('d/x', 'd/y'); os.link('d/y', 'd/z'); os.symlink('t', 'd/s'); os.mkfifo('d/f')
    assert sorted(os.listdir('d')) == ['f', 's', 'y', 'z'] and os.fstat(fd).st_nlink == 2, os.listdir('d')
    for name in 'yzsf': os.unlink('d/' + name)
    assert os.pread(fd, 9, 0) == b'abc'
    os.close(fd)
    while os.listdir('d'): time.sleep(0.01)  # the kernel tells of the last close a moment later
    os.rmdir('d'); count += 1
print(count > 0)`

/** Appends to one file from six threads for some seconds; prints whether it has every line once. */
const APPENDERS = `
import os, sys, threading, time
counts, end = [0] * 6, time.monotonic() + float(sys.argv[1])
def append(k):
    fd = os.open('/mnt/a/lines', os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    while time.monotonic() < end: os.write(fd, b'%03d %011d\\n' % (k, counts[k])); counts[k] += 1
    os.close(fd)
threads = [threading.Thread(target=append, args=(k,)) for k in range(6)]
for t in threads: t.start()
for t in threads: t.join()
lines = open('/mnt/b/lines', 'rb').read().splitlines(keepends=True)
print(len(lines) == sum(counts) and set(lines) == {b'%03d %011d\\n' % (k, i) for k in range(6) for i in range(counts[k])})`

const program = (text: string, argument: string): string => `python3 - ${argument} <<'END_OF_PROGRAM'${text}\nEND_OF_PROGRAM\n`

/** Kills and starts the server when the client has made one file, does what is asked for there, and makes the other. */
async function restartServerOnce(made: string, done: string, onServer: string, onClient = 'true'): Promise<void> {
  await client.output(`for i in $(seq 100); do test -e ${made} && exit 0; sleep 0.1; done; exit 1`)
  await client.output(onClient)
  await docker('kill', '--signal', 'KILL', lab.env.nfsContainer)
  await ensureNfsServer(lab.env, lab.serverOptions())
  await docker('exec', lab.env.nfsContainer, 'bash', '-c', onServer)
  await client.output(`rm ${made}; touch ${done}`)
}

describe('a mount', () => {
  it('whose worker is killed 20 times goes on: no call fails, and nothing acknowledged is lost', async () => {
    const killing = `for i in $(seq 20); do sleep 1.1; kill -9 $(${WORKER}) || exit 1; done`
    const script = `(${program(WRITER, '24')}) & (${program(NAMER, '24')}) & (${program(APPENDERS, '24')}) & ${killing}; wait`
    expect(await client.output(script)).toBe('True\nTrue\nTrue')
  })

  it('whose guard and worker are killed in turn goes on', async () => {
    const killing = `for i in $(seq 4); do sleep 1.1; kill -9 $(${GUARD}) || exit 1; sleep 1.1; kill -9 $(${WORKER}) || exit 1; done`
    expect(await client.output(`(${program(WRITER, '11')}) & ${killing}; wait`)).toBe('True')
    expect((await client.output(`sleep 1; ${WORKER}; ${GUARD}`)).split('\n')).toHaveLength(2)
  })

  it('whose worker is killed while the server is away waits for the server, and can be unmounted', async () => {
    await client.output('echo hello > /mnt/a/file')
    await docker('stop', '--time', '0', lab.env.nfsContainer)
    await client.output(`kill -9 $(${WORKER})`)
    const reading = client.output('cat /mnt/a/file')
    await client.output('timeout 5 stat -c %F /mnt/a')
    await ensureNfsServer(lab.env, lab.serverOptions())
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

  it('at rest takes no more than 20 MiB, also after work', async () => {
    const memory = `for p in $(${WORKER}) $(${GUARD}); do cat /proc/$p/status; done | awk '/VmRSS/ { s += $2 } END { print s }'`
    expect(Number(await client.output(memory))).toBeLessThan(20 * 1024)
    await client.output(`for i in $(seq 40); do (dd if=/dev/zero of=/mnt/a/f$i bs=1M count=5 conv=fsync && cat /mnt/a/f$i) > /dev/null 2>&1 & done; wait
      mkdir /mnt/a/many; cd /mnt/a/many; seq 3000 | xargs touch; ls -l > /dev/null`)
    await expect.poll(async () => Number(await client.output(memory)), { timeout: 10_000 }).toBeLessThan(20 * 1024)
  })
})

describe('what fsync acknowledged', () => {
  it('survives SIGKILL of the server, and what was not yet is written again', async () => {
    const writing = client.output(program(WRITER, '15'))
    for (let round = 0; round < 3; round++) {
      await client.output('sleep 2')
      await docker('kill', '--signal', 'KILL', lab.env.nfsContainer)
      await ensureNfsServer(lab.env, lab.serverOptions())
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
    await ensureNfsServer(lab.env, lab.serverOptions())
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

  it('waits for a server that is away for 10 s', async () => {
    const writing = client.output(program(WRITER, '13'))
    await client.output('sleep 1')
    await docker('pause', lab.env.nfsContainer)
    await client.output('sleep 10')
    await docker('unpause', lab.env.nfsContainer)
    expect(await writing).toBe('True')
  })
})
