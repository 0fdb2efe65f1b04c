import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dockerExportView } from '../../../scripts/nfs/docker-export-view.ts'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'
import { docker, helpersEnd, type NfsClient } from './nfs-client.ts'
import { NfsLab, signal } from './nfs-lab.ts'

let lab: NfsLab
let client: NfsClient
let source: string
beforeAll(async () => {
  lab = await NfsLab.withServer()
  client = await lab.client()
  source = lab.source
})
afterAll(async () => lab[Symbol.asyncDispose]())

describe('a mount', () => {
  beforeEach(async () => client.mountTwice(source))
  afterEach(async () => client.unmountAll())

  it('is shown as server:/path', async () => {
    expect(await client.output('grep " /mnt/a " /proc/mounts')).toMatch(new RegExp(`^${source} /mnt/a fuse.nfs rw,`))
    expect(await client.output('findmnt -n -o SOURCE /mnt/a')).toBe(source)
    expect(await client.output('df --output=source /mnt/a | tail -1')).toBe(source)
  })

  it('gives back what was written and fsynced, to another mount and on the server', async () => {
    await client.output('head -c 20000003 /dev/urandom > /tmp/data && dd if=/tmp/data of=/mnt/a/data bs=1M conv=fsync')
    await client.output('cmp /tmp/data /mnt/a/data && cmp /tmp/data /mnt/b/data')
    const entry = (await dockerExportView(execaRunner, lab.env).list('', signal()))?.find(({ name }) => name === 'data')
    expect(entry).toMatchObject({ kind: 'file', sizeBytes: 20_000_003 })
  })

  // The runtime of Go does this to its threads: the provisioner's calls are interrupted all the time.
  it('stays when calls on it are interrupted, a thousand times', async () => {
    const script = `
import os, signal, time
interrupts = 0
def count(*_):
    global interrupts
    interrupts += 1
signal.signal(signal.SIGALRM, count)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
end = time.monotonic() + 40
while interrupts < 1000 and time.monotonic() < end: os.listdir('/mnt/a')
signal.setitimer(signal.ITIMER_REAL, 0)
assert interrupts >= 1000, interrupts
print('ok')`
    expect(await client.python(script)).toBe('ok')
  })

  it('shows what another mount closed to whoever opens after it, 200 times', async () => {
    const script = `
import os
old = None
for i in range(200):
    text = ('%d ' % i) * [1, 700, 3, 3, 40000][i % 5]  # grows, shrinks, keeps its size
    if i % 7 == 3:
        with open('/mnt/a/new', 'w') as f: f.write(text)
        os.rename('/mnt/a/new', '/mnt/a/shared')
    else:
        with open('/mnt/a/shared', 'w') as f: f.write(text)
    with open('/mnt/b/shared') as f: seen = f.read()
    assert seen == text, 'round %d: stale' % i
    os.mkdir('/mnt/b/d%d' % i)
    assert 'd%d' % i in os.listdir('/mnt/a'), 'round %d: directory missing' % i
    os.rmdir('/mnt/a/d%d' % i)
    assert not os.path.exists('/mnt/b/d%d' % i), 'round %d: directory still there' % i
print('ok')`
    expect(await client.python(script)).toBe('ok')
  })

  it('shows a file that grows to a reader that keeps it open', async () => {
    const script = `
import time
w = open('/mnt/a/log', 'wb', buffering=0); r = open('/mnt/b/log', 'rb', buffering=0)
for i in range(20):
    line, end, seen = b'line %d\\n' % i, time.monotonic() + 1, b''
    w.write(line)
    while seen != line and time.monotonic() < end: seen += r.read()
    assert seen == line, seen
print('ok')`
    expect(await client.python(script)).toBe('ok')
  })

  it('appends where the file ends, whoever made it longer: nothing is lost, and the order of each is kept', async () => {
    const script = `
import os
a, b = (os.open('/mnt/%s/appended' % m, os.O_CREAT | os.O_WRONLY | os.O_APPEND) for m in 'ab')
for i in range(50): os.write(a, b'a%d\\n' % i); os.write(b, b'b%d\\n' % i)
os.close(a); os.close(b)
lines = open('/mnt/a/appended').read().split()
print(len(lines), all([l for l in lines if l[0] == m] == [m + str(i) for i in range(50)] for m in 'ab'))`
    expect(await client.python(script)).toBe('100 True')
  })

  it('keeps an unlinked file for those who have it open, and leaves nothing behind', async () => {
    const script = `
import os
os.mkdir('/mnt/a/dir'); fd = os.open('/mnt/a/dir/gone', os.O_CREAT | os.O_RDWR)
os.write(fd, b'still here'); os.unlink('/mnt/a/dir/gone')
os.ftruncate(fd, 5)
print(os.path.exists('/mnt/a/dir/gone'), os.pread(fd, 100, 0).decode(), os.fstat(fd).st_size)
os.close(fd); print(os.listdir('/mnt/a/dir'), os.listdir('/mnt/b/dir'))`
    expect(await client.python(script)).toBe('False still 5\n[] []')
  })

  it('lets readers of a file that is renamed over finish', async () => {
    const script = `
import os
open('/mnt/a/current', 'w').write('old'); open('/mnt/a/next', 'w').write('new')
reader = open('/mnt/a/current'); os.rename('/mnt/a/next', '/mnt/a/current')
print(reader.read(), open('/mnt/b/current').read())`
    expect(await client.python(script)).toBe('old new')
  })

  it('refuses every lock, because it could not keep it', async () => {
    const script = `
import fcntl, errno
f = open('/mnt/a/locked', 'w')
for lock in fcntl.flock, fcntl.lockf:
    try: lock(f, fcntl.LOCK_EX | fcntl.LOCK_NB); print('locked')
    except OSError as e: print(errno.errorcode[e.errno])`
    expect(await client.python(script)).toBe('ENOLCK\nENOLCK')
  })

  it('makes whoever creates something its owner, with the mode that was asked for', async () => {
    await client.output('mkdir -m 1777 /mnt/a/open && mkdir /mnt/a/group && chown 0:998 /mnt/a/group && chmod 2770 /mnt/a/group')
    await client.output(`setpriv --reuid 999 --regid 999 --groups 998,997 bash -c '
      umask 027; cd /mnt/a/open; touch file; mkdir directory; ln -s file link; mkfifo fifo; touch ../group/file'`)
    expect(await client.output('cd /mnt/a; stat -c "%n %u:%g %A" open/* group/file')).toBe(
      [
        'open/directory 999:999 drwxr-x---',
        'open/fifo 999:999 prw-r-----',
        'open/file 999:999 -rw-r-----',
        'open/link 999:999 lrwxrwxrwx',
        'group/file 999:998 -rw-r-----',
      ].join('\n'),
    )
  })

  it('lets a user do only what modes allow', async () => {
    await client.output('echo secret > /mnt/a/secret && chmod 600 /mnt/a/secret')
    const asUser = "setpriv --reuid 999 --regid 999 --clear-groups bash -c 'cat /mnt/a/secret; rm -f /mnt/a/group/file'"
    expect((await client.run(asUser)).output).toContain('Permission denied')
  })

  it('refuses to create what exists when asked to', async () => {
    const script = `
import os
os.close(os.open('/mnt/a/once', os.O_CREAT | os.O_EXCL | os.O_WRONLY))
try: os.open('/mnt/b/once', os.O_CREAT | os.O_EXCL | os.O_WRONLY)
except FileExistsError: print('exists')`
    expect(await client.python(script)).toBe('exists')
  })

  it('lists 3,000 names completely', async () => {
    await client.output('mkdir /mnt/a/many && cd /mnt/a/many && seq -f "name %g" 3000 | xargs -d "\\n" touch')
    expect(await client.output('ls /mnt/b/many | wc -l')).toBe('3000')
    await client.output('rm -r /mnt/a/many')
  })

  it('goes on when the server was restarted, and what was written meanwhile arrives', async () => {
    const writing = client.output(
      'for i in $(seq 40); do echo $i >> /mnt/a/through || exit 1; sleep 0.05; done; cat /mnt/b/through',
    )
    await docker('restart', '--time', '0', lab.env.nfsContainer)
    expect(await writing).toBe(Array.from({ length: 40 }, (_, index) => index + 1).join('\n'))
  })
})

describe('mounting', () => {
  afterEach(async () => client.unmountAll())

  it('keeps nothing of its caller open', async () => {
    // The pipe's reader ends when the last writer has closed it; kubelet waits like that.
    const script = `exec 9> >(cat > /dev/null) 2>&1; mount -t nfs ${source} /mnt/a; exec 9>&-; ls -l "/proc/$(pgrep -x mount.nfs-fuse)/fd"`
    expect(await client.output(`timeout 5 bash -c '${script}' | cat`)).not.toMatch(/pipe:|\/tmp|pts/)
    expect(await client.output('readlink "/proc/$(pgrep -x mount.nfs-fuse)/cwd"')).toBe('/')
  })

  it('read-only refuses to write', async () => {
    await client.output(`mount -t nfs -o ro ${source} /mnt/a`)
    expect((await client.run('echo x > /mnt/a/x')).output).toContain('Read-only file system')
  })

  it('a directory of the export shows that directory', async () => {
    await client.output(`mount -t nfs ${source} /mnt/a && mkdir -p /mnt/a/one/two && echo deep > /mnt/a/one/two/file`)
    await client.output(`mount -t nfs ${source}/one/two /mnt/b`)
    expect(await client.output('cat /mnt/b/file')).toBe('deep')
  })

  it('passes flags in the order of a mount helper', async () => {
    await client.output(
      `/sbin/mount.nfs ${source} /mnt/a -n -v -w -o rw,hard,timeo=600,retrans=2,vers=3,nolock,noatime,proto=tcp,sec=sys`,
    )
    expect(await client.output('grep -c " /mnt/a .*noatime" /proc/mounts')).toBe('1')
  })

  it('with -f tries all but the mount', async () => {
    await client.output(`/sbin/mount.nfs -f ${source} /mnt/a`)
    expect((await client.run('grep -c /mnt/a /proc/mounts')).output).toBe('0')
    expect((await client.run(`/sbin/mount.nfs -f ${source}/none /mnt/a`)).exitCode).toBe(32)
  })

  it('ends its process with umount', async () => {
    await client.mountTwice(source)
    await client.output(`umount /mnt/a /mnt/b && ${helpersEnd()}`)
  })
})
