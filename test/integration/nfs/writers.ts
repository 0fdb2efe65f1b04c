// Programs for a client's shell: they use a mount of /mnt/a for some seconds, and look at it through another on /mnt/b.

const program =
  (text: string) =>
  (seconds: number): string =>
    `(python3 - ${seconds} <<'END_OF_PROGRAM'${text}\nEND_OF_PROGRAM\n)`

/** Writes, appends and fsyncs for some seconds; prints whether the other mount has everything that was acknowledged. */
export const writer = program(`
import os, sys, time
count, end = 0, time.monotonic() + float(sys.argv[1])
at = os.open('/mnt/a/written', os.O_CREAT | os.O_WRONLY); tail = os.open('/mnt/a/appended', os.O_CREAT | os.O_WRONLY | os.O_APPEND)
while time.monotonic() < end:
    os.pwrite(at, b'%015d\\n' % count, 16 * count); os.write(tail, b'%015d\\n' % count)
    if count % 10 == 0: os.fsync(at); os.fsync(tail)
    count += 1
os.close(at); os.close(tail)
expected = b''.join(b'%015d\\n' % i for i in range(count))
print(count > 0 and all(open('/mnt/b/' + name, 'rb').read() == expected for name in ('written', 'appended')))`)

/** Makes, renames, links and removes for some seconds, with a file that stays open; fails at the first surprise. */
export const namer = program(`
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
print(count > 0)`)

/** Appends to one file from six threads for some seconds; prints whether it has every line once. */
export const appenders = program(`
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
print(len(lines) == sum(counts) and set(lines) == {b'%03d %011d\\n' % (k, i) for k in range(6) for i in range(counts[k])})`)

/** Overwrites 16 files of 1 MiB side by side for some seconds; prints whether the other mount has what each wrote last, every time. */
export const overwriters = program(`
import os, sys, threading, time
end, faults = time.monotonic() + float(sys.argv[1]), []
def overwrite(k):
    name, count = 'overwritten-%d' % k, 0
    fd = os.open('/mnt/a/' + name, os.O_CREAT | os.O_WRONLY)
    while time.monotonic() < end:
        count += 1
        block = (b'%07d\\n' % count) * 131072
        os.pwrite(fd, block, 0); os.fsync(fd)
        with open('/mnt/b/' + name, 'rb') as other: seen = other.read()
        if seen != block: faults.append((k, count, seen[:8]))
threads = [threading.Thread(target=overwrite, args=(k,)) for k in range(16)]
for t in threads: t.start()
for t in threads: t.join()
print(not faults or faults)`)
