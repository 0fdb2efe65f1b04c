import { expect, test } from 'vitest'
import { readPidFile } from '../../../scripts/host/daemon.ts'
import { fakeHost } from './fake-host.ts'

test.each([
  ['no file', {}, { state: 'absent' }],
  ['its program runs', { '/run/d.pid': '42\n', '/proc/42/stat': '42 (dockerd) S 1 2' }, { state: 'alive', pid: 42 }],
  ['its process is gone', { '/run/d.pid': '42' }, { state: 'stale', pid: 42, why: 'process 42 is gone' }],
  [
    'another program has its number',
    { '/run/d.pid': '42', '/proc/42/stat': '42 (bash) S 1 2' },
    { state: 'stale', pid: 42, why: 'process 42 is bash' },
  ],
  [
    'its process is dead, but nobody waited for it',
    { '/run/d.pid': '42', '/proc/42/stat': '42 (dockerd) Z 1 2' },
    { state: 'stale', pid: 42, why: 'process 42 is gone' },
  ],
  ['it was cut off by a crash', { '/run/d.pid': '' }, { state: 'stale', pid: 0, why: 'it holds no process number' }],
])('a pid file: %s', async (_, files, expected) => {
  expect(await readPidFile(fakeHost({ files: files as Record<string, string> }), '/run/d.pid', 'dockerd')).toEqual(expected)
})
