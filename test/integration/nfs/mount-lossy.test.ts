import { setTimeout as delay } from 'node:timers/promises'
import { describe, it } from 'vitest'
import { LossyServer } from './lossy-server.ts'
import { docker } from './nfs-client.ts'
import { NfsLab, sourceOf } from './nfs-lab.ts'

// NFS allows a server to drop a request, and Ganesha does when a file goes away under it.
describe.concurrent('a call that is never answered', () => {
  it('is sent again after seconds, and done once', async ({ expect }) => {
    await using lab = await NfsLab.withServer()
    const client = await lab.client()
    const server = await LossyServer.start(client, lab.network.nfsAddress)
    await client.mount('127.0.0.1:/export', '/mnt/a', LossyServer.options)
    await client.output(`cd /mnt/a; mkdir old many; touch gone moved many/1 many/2; echo text > file; ln -s target pointer`)
    await server.lose(
      ['GETATTR', 'LOOKUP', 'READ', 'READLINK', 'READDIRPLUS', 'FSSTAT', 'COMMIT'],
      ['SETATTR', 'WRITE', 'CREATE', 'MKDIR', 'SYMLINK', 'REMOVE', 'RMDIR', 'RENAME', 'LINK'],
    )
    const script = `
import os, threading, time
os.chdir('/mnt/a')
def make():
    fd = os.open('many/new', os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600); os.write(fd, b'new'); os.fsync(fd); os.close(fd)
actions = [make, lambda: os.chmod('file', 0o640), lambda: open('file').read(), lambda: os.readlink('pointer'), lambda: os.listdir('many'),
    lambda: os.statvfs('.'), lambda: os.mkdir('made'), lambda: os.symlink('t', 'made-pointer'), lambda: os.unlink('gone'),
    lambda: os.rmdir('old'), lambda: os.rename('moved', 'there'), lambda: os.link('file', 'second')]
failed = []
def run(action):
    try: action()
    except OSError as e: failed.append(repr(e))
threads = [threading.Thread(target=run, args=(action,)) for action in actions]
began = time.monotonic()
for t in threads: t.start()
for t in threads: t.join()
print(failed, time.monotonic() - began >= 5)`
    expect(await client.python(script, 120)).toBe('[] True')
    expect(await server.left()).toBe('[]')
    expect(await client.output('cd /mnt/a; ls; ls many; cat many/new; stat -c "%a %h" file')).toBe(
      'file\nmade\nmade-pointer\nmany\npointer\nsecond\nthere\n1\n2\nnew\nnew640 2',
    )
  })
})

/** The client's end of its connection. */
const CONNECTION = `awk '$3 ~ /:0801$/ && $4 == "01" { print $2 }' /proc/net/tcp`
const WRITE =
  'for i in $(seq 8); do dd if=/dev/zero of=/mnt/a/$i bs=1M count=400 2> /dev/null & done; wait; du -sm --apparent-size /mnt/a'
const WRITTEN = '3201\t/mnt/a'

// Twenty seconds are longer than a connection is kept that gets no acknowledgement.
describe.concurrent('the connection', () => {
  it('to a server that acknowledges and takes nothing is kept, as it has calls in it', async ({ expect }) => {
    await using lab = await NfsLab.create()
    const client = await lab.client()
    const server = await lab.runReadyServer('--sysctl', 'net.ipv4.tcp_rmem=4096 16384 65536')
    await client.mount(await sourceOf(server), '/mnt/a')
    const before = await client.output(CONNECTION)
    const writing = client.output(WRITE, 120)
    await client.untilExists('/mnt/a/8')
    await docker('kill', '--signal', 'STOP', server)
    await delay(20_000) // the time is what is tested
    await docker('kill', '--signal', 'CONT', server)
    expect(await writing).toBe(WRITTEN)
    expect(await client.output(CONNECTION)).toBe(before)
  })

  it('to a server that acknowledges nothing is made anew, and the calls in it again', async ({ expect }) => {
    await using lab = await NfsLab.withServer()
    const client = await lab.client()
    await client.mount(lab.source, '/mnt/a')
    const before = await client.output(CONNECTION)
    const writing = client.output(WRITE, 120)
    await client.untilExists('/mnt/a/8')
    await docker('network', 'disconnect', lab.env.network, lab.env.nfsContainer)
    await expect.poll(() => client.output(CONNECTION), { timeout: 45_000 }).toBe('')
    await docker('network', 'connect', '--ip', lab.network.nfsAddress, lab.env.network, lab.env.nfsContainer)
    expect(await writing).toBe(WRITTEN)
    expect(await client.output(CONNECTION)).not.toBe(before)
  })
})
