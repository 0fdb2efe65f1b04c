import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NfsClient } from './nfs-client.ts'
import { NfsLab } from './nfs-lab.ts'

// What passes and what does not is published in docs/nfs-client-tests.md.

let lab: NfsLab
let client: NfsClient
beforeAll(async () => {
  lab = await NfsLab.withServer()
  client = await lab.client()
  await client.mount(lab.source, '/mnt/a')
  await client.output('mkdir /mnt/a/suite')
})
afterAll(async () => lab[Symbol.asyncDispose]())

describe('stress-ng finds no fault', () => {
  const LIMITS =
    '--hdd-bytes 16m --iomix-bytes 16m --seek-size 16m --fallocate-bytes 16m --revio-bytes 16m --readahead-bytes 16m --sync-file-bytes 16m --mmap-bytes 4m --mmap-file --chdir-dirs 256 --dir-dirs 256 --dentries 512 --dirdeep-inodes 512'
  const stress = (seconds: number, ...stressors: readonly string[]): Promise<{ exitCode: number; output: string }> =>
    client.run(
      `stress-ng ${stressors.map((name) => `--${name} 1`).join(' ')} --verify --timeout ${seconds}s --temp-path /mnt/a/suite ${LIMITS}`,
    )

  it.each([
    ['names', ['access', 'chdir', 'dentry', 'dir', 'dirdeep', 'dirmany', 'filename', 'getdent', 'rename', 'touch']],
    [
      'attributes',
      ['chmod', 'chown', 'fstat', 'handle', 'inode-flags', 'inotify', 'mknod', 'utime', 'dup', 'open', 'file-ioctl'],
    ],
    ['links', ['link', 'symlink']],
    ['contents', ['copy-file', 'fallocate', 'fpunch', 'hdd', 'io', 'iomix', 'mmap', 'msync', 'readahead']],
    ['positions', ['revio', 'seek', 'sendfile', 'splice', 'sync-file', 'lease', 'flock', 'locka', 'lockf', 'lockofd']],
  ])('in %s', async (_subject, stressors) => {
    const { exitCode, output } = await stress(4, ...stressors)
    expect(output.split('\n').filter((line) => / (fail|error):/.test(line))).toEqual([])
    expect(exitCode).toBe(0)
  })

  // The list may only become shorter.
  it.each([
    ['fcntl', 'No locks available'],
    ['xattr', 'does not support xattr'],
  ])('but %s, as expected: %s', async (stressor, reason) => {
    const { exitCode, output } = await stress(1, stressor)
    expect(output).toContain(reason)
    expect(exitCode).not.toBe(0)
  })
})

describe('fio reads what it wrote', () => {
  it.each([
    ['at random, with fsync', '--rw=randwrite --bs=4k --fsync=16'],
    ['at random, past the page cache', '--rw=randwrite --bs=16k --direct=1'],
    ['in blocks of many sizes', '--rw=randrw --bsrange=512-128k --blockalign=512'],
    ['through memory', '--rw=randwrite --bs=4k --ioengine=mmap'],
    ['in a sequence of large blocks', '--rw=write --bs=1m --end_fsync=1'],
  ])('%s', async (_how, pattern) => {
    const common =
      '--name=verify --directory=/mnt/a/suite --size=8m --numjobs=2 --verify=crc32c --verify_fatal=1 --output-format=terse'
    const { exitCode, output } = await client.run(`fio ${common} ${pattern}; status=$?; rm -f /mnt/a/suite/verify*; exit $status`)
    expect({ exitCode, output: output.split('\n').filter((line) => /verify|error/.test(line) && !/^3;/.test(line)) }).toEqual({
      exitCode: 0,
      output: [],
    })
  })
})
