import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NfsClient } from './nfs-client.ts'
import { NfsLab } from './nfs-lab.ts'

let lab: NfsLab
let client: NfsClient
let source: string
beforeAll(async () => {
  lab = await NfsLab.withServer()
  client = await lab.client()
  source = lab.source
})
afterAll(async () => lab[Symbol.asyncDispose]())

beforeEach(async () => {
  await client.mountTwice(source)
  await client.output('rm -rf /mnt/a/* /mnt/a/.nfs*')
})
afterEach(async () => client.unmountAll())

/** Names of the errors that statements raise, one a line; "none" for one that raises nothing. */
const errnos = (setUp: string, ...statements: readonly string[]): Promise<string> =>
  client.python(`
import errno, os
${setUp}
def attempt(action):
    try: action()
    except OSError as e: print(errno.errorcode[e.errno])
    else: print('none')
${statements.map((statement) => `attempt(lambda: ${statement})`).join('\n')}`)

describe('between two mounts', () => {
  it('what one closed the other sees when it opens, in each of 1,000 rounds of two writers', async () => {
    const script = `
import os
for i in range(1000):
    writer, reader = ('a', 'b') if i % 2 else ('b', 'a')
    text = ('%06d ' % i) * [1, 700, 3, 3, 9000][i % 5]  # grows, shrinks, keeps its size
    if i % 7 == 3:
        with open('/mnt/%s/new' % writer, 'w') as f: f.write(text)
        os.rename('/mnt/%s/new' % writer, '/mnt/%s/shared' % writer)
    else:
        with open('/mnt/%s/shared' % writer, 'w') as f: f.write(text)
    with open('/mnt/%s/shared' % reader) as f: seen = f.read()
    assert seen == text, 'round %d: stale' % i
print('ok')`
    expect(await client.python(script)).toBe('ok')
  })

  it('exactly one of many that create the same name exclusively wins, 50 times', async () => {
    const script = `
import os, threading
def race(path, winners, start):
    start.wait()
    try: winners.append(os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)))
    except FileExistsError: pass
for i in range(50):
    winners, start = [], threading.Barrier(4)
    threads = [threading.Thread(target=race, args=('/mnt/%s/race%d' % (m, i), winners, start)) for m in 'aabb']
    for t in threads: t.start()
    for t in threads: t.join()
    assert len(winners) == 1, (i, len(winners))
print('ok')`
    expect(await client.python(script)).toBe('ok')
  })

  it('10,000 entries are listed completely while others are created', async () => {
    await lab.onServer('mkdir -p /export/many && cd /export/many && seq -f "old-%05g" 10000 | xargs touch')
    const script = `
import os, threading
stop, made = threading.Event(), 0
def create():
    global made
    while not stop.is_set():
        open('/mnt/b/many/new-%d' % made, 'w').close()
        made += 1
creator = threading.Thread(target=create, daemon=True); creator.start()
for i in range(3):
    names = [n for n in os.listdir('/mnt/a/many') if n.startswith('old-')]
    assert len(names) == len(set(names)) == 10000, (len(names), len(set(names)))
stop.set(); creator.join()
assert made > 0
names = os.listdir('/mnt/a/many')
assert len(names) == len(set(names)) == 10000 + made, (len(names), made)
print('ok')`
    expect(await client.python(script)).toBe('ok')
    await lab.onServer('rm -r /export/many')
  })

  it('what stays is listed completely while others are removed', async () => {
    await lab.onServer('mkdir -p /export/few && cd /export/few && seq -f "stays-%g" 20 | xargs touch')
    const script = `
import os, threading
stop, made = threading.Event(), 0
def come_and_go():
    global made
    while not stop.is_set():
        open('/mnt/b/few/goes', 'w').close(); os.unlink('/mnt/b/few/goes')
        made += 1
remover = threading.Thread(target=come_and_go, daemon=True); remover.start()
for i in range(3000):
    names = [n for n in os.listdir('/mnt/a/few') if n.startswith('stays-')]
    assert len(names) == len(set(names)) == 20, names
stop.set(); remover.join()
print(made > 100)`
    expect(await client.python(script)).toBe('True')
  })

  it('calls that race for the same names all end, with the errors of names that come and go, and leave nothing hidden', async () => {
    const script = `
import errno, os, random, threading, time
os.mkdir('/mnt/a/raced')
seen, counts, end = set(), [0] * 8, time.monotonic() + 15
def write(path, mode):
    with open(path, mode) as f: f.write('x' * 100)
def read(path):
    with open(path) as f: f.read()
def race(k):
    chance, at = random.Random(k), '/mnt/%s/raced/' % 'ab'[k % 2]
    while time.monotonic() < end:
        one, other = (at + 'f%d' % chance.randrange(4) for _ in range(2))
        action = chance.choice([
            lambda: write(one, 'x'), lambda: write(one, 'a'), lambda: read(one), lambda: os.stat(one), lambda: os.listdir(at),
            lambda: os.unlink(one), lambda: os.rename(one, other), lambda: os.link(one, other),
            lambda: os.mkdir(one + 'd'), lambda: os.rmdir(one + 'd')])
        try: action()
        except OSError as e: seen.add(errno.errorcode[e.errno])
        counts[k] += 1
threads = [threading.Thread(target=race, args=(k,)) for k in range(8)]
for t in threads: t.start()
for t in threads: t.join()
def hidden(): return [n for n in os.listdir('/mnt/a/raced') if n.startswith('.nfs')]
while hidden() and time.monotonic() < end + 10: time.sleep(0.1)  # the kernel tells of a last close a moment later
print(min(counts) > 50, seen - {'ENOENT', 'EEXIST', 'ESTALE'}, hidden())`
    expect(await client.python(script)).toBe('True set() []')
  })

  it('a slow fsync of one file does not delay reading another', async () => {
    await client.output('echo here > /mnt/a/other')
    const script = `
import os, threading, time
def write():
    fd = os.open('/mnt/a/large', os.O_CREAT | os.O_WRONLY)
    for i in range(200): os.write(fd, bytes(1 << 20))
    os.fsync(fd); os.close(fd)
writer = threading.Thread(target=write); writer.start()
slowest, rounds = 0, 0
while writer.is_alive():
    began = time.monotonic()
    assert open('/mnt/a/other').read() == 'here\\n'
    slowest = max(slowest, time.monotonic() - began); rounds += 1
print(rounds > 3 and slowest < 2 or (rounds, slowest))`
    expect(await client.python(script)).toBe('True')
  })
})

describe('a file', () => {
  it('that is renamed over or unlinked stays for those who have it open, to read and to write', async () => {
    const script = `
import os
open('/mnt/a/current', 'w').write('old'); open('/mnt/a/next', 'w').write('new')
fd = os.open('/mnt/a/current', os.O_RDWR)
os.rename('/mnt/a/next', '/mnt/a/current')
os.pwrite(fd, b'er', 3); os.fsync(fd)
print(os.pread(fd, 9, 0).decode(), open('/mnt/a/current').read(), os.fstat(fd).st_size)
os.unlink('/mnt/a/current'); os.close(fd)`
    expect(await client.python(script)).toBe('older new 5')
    await expect.poll(() => lab.onServer('ls -A /export'), { timeout: 5_000 }).toBe('')
  })

  it('with two names can lose both and stay for those who have it open', async () => {
    const script = `
import os
fd = os.open('/mnt/a/one', os.O_CREAT | os.O_RDWR); os.write(fd, b'text'); os.link('/mnt/a/one', '/mnt/a/two')
os.unlink('/mnt/a/one'); os.unlink('/mnt/a/two')
print(os.pread(fd, 9, 0).decode(), os.path.exists('/mnt/a/one'), os.path.exists('/mnt/b/two'))
os.close(fd)`
    expect(await client.python(script)).toBe('text False False')
    await expect.poll(() => lab.onServer('ls -A /export'), { timeout: 5_000 }).toBe('')
  })

  it('unlinked while open is gone from the server when the mount ends at once', async () => {
    await client.output('exec 9> /mnt/a/brief; rm /mnt/a/brief; exec 9>&-; umount /mnt/a')
    await expect.poll(() => lab.onServer('ls -A /export'), { timeout: 5_000 }).toBe('')
    await client.mount(source, '/mnt/a')
  })

  it('is truncated by handle and by path, and its holes past 4 GiB are zeros', async () => {
    const script = `
import os
fd = os.open('/mnt/a/holes', os.O_CREAT | os.O_RDWR)
os.pwrite(fd, b'end', 5 << 30); os.fsync(fd)
print(os.stat('/mnt/b/holes').st_size == (5 << 30) + 3, os.stat('/mnt/b/holes').st_blocks < 1000)
reader = os.open('/mnt/b/holes', os.O_RDONLY)
print(os.pread(reader, 6, (5 << 30) - 3), os.pread(reader, 4, 1 << 32))
os.ftruncate(fd, 100); print(os.stat('/mnt/b/holes').st_size)
os.truncate('/mnt/b/holes', 7); print(os.fstat(fd).st_size)
os.ftruncate(fd, 10); print(os.pread(fd, 99, 0))
os.close(os.open('/mnt/a/holes', os.O_WRONLY | os.O_TRUNC)); print(os.stat('/mnt/b/holes').st_size)`
    expect(await client.python(script)).toBe(
      [
        'True True',
        String.raw`b'\x00\x00\x00end' b'\x00\x00\x00\x00'`,
        '100',
        '7',
        String.raw`b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'`,
        '0',
      ].join('\n'),
    )
  })

  it('keeps what was written through memory', async () => {
    const script = `
import mmap, os
fd = os.open('/mnt/a/mapped', os.O_CREAT | os.O_RDWR); os.ftruncate(fd, 300000)
with mmap.mmap(fd, 300000) as memory: memory[299995:] = b'hello'
os.close(fd)
print(open('/mnt/b/mapped', 'rb').read()[-6:])`
    expect(await client.python(script)).toBe(String.raw`b'\x00hello'`)
  })

  it('has the times that were set, to the nanosecond, and the time of the server for now', async () => {
    const script = `
import os
open('/mnt/a/timed', 'w').close()
os.utime('/mnt/a/timed', ns=(1111111111123456789, 2222222222987654321))
seen = os.stat('/mnt/b/timed'); print(seen.st_atime_ns, seen.st_mtime_ns)
os.utime('/mnt/a/timed')
open('/mnt/a/reference', 'w').write('x')
print(abs(os.stat('/mnt/b/timed').st_mtime - os.stat('/mnt/b/reference').st_mtime) < 2)`
    expect(await client.python(script)).toBe('1111111111123456789 2222222222987654321\nTrue')
  })

  it('can be linked, pointed to and be a FIFO', async () => {
    const script = `
import os, stat, threading
open('/mnt/a/file', 'w').write('x'); os.link('/mnt/a/file', '/mnt/a/hard')
print(os.stat('/mnt/b/hard').st_nlink, os.path.samefile('/mnt/a/file', '/mnt/a/hard'))
target = 'long/' * 600
os.symlink(target, '/mnt/a/soft'); print(os.readlink('/mnt/b/soft') == target, os.lstat('/mnt/b/soft').st_size == len(target))
os.mkfifo('/mnt/a/fifo'); print(stat.S_ISFIFO(os.stat('/mnt/b/fifo').st_mode))
threading.Thread(target=lambda: open('/mnt/a/fifo', 'w').write('through')).start(); print(open('/mnt/a/fifo').read())`
    expect(await client.python(script)).toBe('2 True\nTrue True\nTrue\nthrough')
  })
})

describe('names and owners', () => {
  it('of 255 bytes, in UTF-8, with spaces and newlines are kept', async () => {
    const script = `
import os
names = ['x' * 255, '\\u540d\\u524d' * 40, ' two  spaces ', 'line\\nbreak', '-rf', '\\\\back"quote']
os.mkdir('/mnt/a/names')
for n in names: open('/mnt/a/names/' + n, 'w').write(n)
print(sorted(os.listdir('/mnt/b/names')) == sorted(names), all(open('/mnt/b/names/' + n, newline='').read() == n for n in names))`
    expect(await client.python(script)).toBe('True True')
  })

  it('a user of a supplementary group may write where the group may, and makes files of the directory with setgid', async () => {
    await client.output('mkdir /mnt/a/team && chown 0:4321 /mnt/a/team && chmod 2775 /mnt/a/team')
    const user = (uid: number, groups: string, script: string): Promise<{ exitCode: number; output: string }> =>
      client.run(`setpriv --reuid ${uid} --regid ${uid} --groups ${groups} bash -c '${script}'`)
    expect((await user(1234, '4321', 'echo x > /mnt/a/team/mine && mkdir -m 755 /mnt/a/team/sub')).exitCode).toBe(0)
    expect((await user(1235, '5555', 'echo x > /mnt/a/team/other')).output).toContain('Permission denied')
    expect((await user(1235, '4321', 'echo x > /mnt/a/team/mine')).output).toContain('Permission denied')
    expect(await client.output('cd /mnt/b/team; stat -c "%n %u:%g %a" mine sub')).toBe('mine 1234:4321 644\nsub 1234:4321 2755')
  })

  it('a set-user-id bit goes when the file is written or changes hands', async () => {
    const script =
      'cd /mnt/a; echo x > program; chown 1234:1234 program; chmod 6755 program; setpriv --reuid 1234 --regid 1234 --clear-groups bash -c "echo y >> program"; stat -c %a program; chmod 6755 program; chown 1235 program; stat -c %a program'
    expect(await client.output(script)).toBe('755\n755')
  })

  it('the size of the file system is that of the export', async () => {
    const df = 'df -B1 --output=size,itotal'
    expect(await client.output(`${df} /mnt/a | tail -1 | xargs`)).toBe(await lab.onServer(`${df} /export | tail -1 | xargs`))
  })
})

describe('errors keep their names', () => {
  it('of names and directories', async () => {
    const setUp = "os.mkdir('/mnt/a/d'); open('/mnt/a/d/f', 'w').close(); open('/mnt/a/f', 'w').close()"
    const seen = await errnos(
      setUp,
      "open('/mnt/a/none')",
      "open('/mnt/a/' + 'x' * 256, 'w')",
      "os.rmdir('/mnt/a/d')",
      "os.mkdir('/mnt/a/d')",
      "os.listdir('/mnt/a/f')",
      "open('/mnt/a/f/below')",
      "os.rename('/mnt/a/f', '/mnt/a/d')",
      "os.rename('/mnt/a/d', '/mnt/a/d/below')",
      "os.link('/mnt/a/f', '/tmp/f')",
      "os.getxattr('/mnt/a/f', 'user.x')",
      "os.posix_fallocate(os.open('/mnt/a/f', os.O_WRONLY), 0, 10)",
    )
    expect(seen.split('\n')).toEqual([
      'ENOENT',
      'ENAMETOOLONG',
      'ENOTEMPTY',
      'EEXIST',
      'ENOTDIR',
      'ENOTDIR',
      'EISDIR',
      'EINVAL',
      'EXDEV',
      'ENOTSUP',
      'none',
    ])
  })

  it('of a file that another mount has removed: ESTALE', async () => {
    const setUp = `
fd = os.open('/mnt/a/removed', os.O_CREAT | os.O_RDWR); os.write(fd, b'x'); os.fsync(fd)
os.unlink('/mnt/b/removed')`
    // A write may be sent later; fsync hears of it.
    expect(await errnos(setUp, "os.pwrite(fd, b'y', 0) and os.fsync(fd)", 'os.fstat(fd)')).toBe('ESTALE\nESTALE')
  })

  it('of a mount and of an owner that do not allow it: EROFS, EACCES, EPERM', async () => {
    await client.output('echo x > /mnt/a/closed && chmod 600 /mnt/a/closed && umount /mnt/b')
    await client.mount(source, '/mnt/b', 'ro')
    const setUp = 'os.setgid(1234); os.setgroups([]); os.setuid(1234)'
    expect(await errnos(setUp, "open('/mnt/a/closed')", "os.chmod('/mnt/a/closed', 0o666)", "os.utime('/mnt/b/closed')")).toBe(
      'EACCES\nEPERM\nEROFS',
    )
  })
})
