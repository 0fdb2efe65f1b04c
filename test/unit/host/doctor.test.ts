import { expect, test } from 'vitest'
import { doctor } from '../../../scripts/host/doctor.ts'
import {
  BOUNDED_STATUS,
  DAEMON_DOWN,
  dockerInfo,
  type FakeHostOptions,
  FULL_STATUS,
  fakeHost,
  NOT_PERMITTED,
  withDocker,
} from './fake-host.ts'

const GIB = 1024 ** 3
const WELL = {
  '/proc/self/status': FULL_STATUS,
  '/proc/self/limits':
    'Limit   Soft Limit   Hard Limit   Units\nMax open files            1024                 1048576              files\n',
  '/proc/sys/fs/inotify/max_user_watches': '524288\n',
  '/proc/sys/fs/inotify/max_user_instances': '512\n',
  '/proc/sys/kernel/osrelease': '6.1.0-18-amd64\n',
  '/proc/filesystems': 'nodev\tsysfs\nnodev\tnfs4\n',
  '/dev/fuse': '',
  '/usr/bin/dockerd': '',
}
const TOOLS = (command: string): string | undefined => {
  if (command === 'go version') return 'go version go1.26.8 linux/amd64'
  return command.startsWith('dpkg-query') ? 'mmdebstrap ii \n' : undefined
}
const RUNNING = withDocker(dockerInfo(), TOOLS)

test('a machine that has everything is ok throughout', async () => {
  const checks = await run({ files: WELL, answer: RUNNING })
  expect(checks.filter(({ status }) => status !== 'ok')).toEqual([])
  expect(checks.map(({ id }) => id)).toEqual([
    ...['docker-cli', 'docker', 'docker-version', 'cgroup', 'privileged', 'disk', 'memory'],
    ...['inotify', 'fuse', 'nfs-client', 'open-files', 'node', 'go', 'mmdebstrap'],
  ])
})

test.each<[string, string, FakeHostOptions, 'ok' | 'warn' | 'fail', RegExp]>([
  ['docker-cli', 'no program', { answer: withDocker('no such program', TOOLS) }, 'fail', /no docker program/],
  ['docker', 'not installed', { answer: withDocker('no such program', TOOLS), files: {} }, 'fail', /not installed/],
  ['docker', 'not running', { answer: withDocker(DAEMON_DOWN, TOOLS) }, 'fail', /installed but not running/],
  [
    'docker',
    'a stale pid file',
    { answer: withDocker(DAEMON_DOWN, TOOLS), files: { ...WELL, '/var/run/docker.pid': '5' } },
    'fail',
    /process 5 is gone/,
  ],
  [
    'docker',
    'hanging',
    {
      answer: withDocker(DAEMON_DOWN, TOOLS),
      files: { ...WELL, '/var/run/docker.pid': '5', '/proc/5/stat': '5 (dockerd) S 1 2' },
    },
    'fail',
    /starting, or hangs \(process 5\)/,
  ],
  ['docker', 'not permitted', { answer: withDocker(NOT_PERMITTED, TOOLS) }, 'fail', /may not use Docker/],
  [
    'docker',
    'DOCKER_HOST is wrong',
    { answer: withDocker(DAEMON_DOWN, TOOLS), env: { DOCKER_HOST: 'tcp://a:1' } },
    'fail',
    /tcp:\/\/a:1 does not answer/,
  ],
  [
    'docker-version',
    'too old',
    { answer: withDocker(dockerInfo({ ServerVersion: '19.03.15' }), TOOLS) },
    'fail',
    /older than 20\.10/,
  ],
  [
    'docker-version',
    'the oldest',
    { answer: withDocker(dockerInfo({ ServerVersion: '20.10.24+dfsg1' }), TOOLS) },
    'ok',
    /20\.10\.24/,
  ],
  ['cgroup', 'v1', { answer: withDocker(dockerInfo({ CgroupVersion: '1' }), TOOLS) }, 'warn', /cgroup v1/],
  [
    'cgroup',
    'v1, rootless',
    { answer: withDocker(dockerInfo({ CgroupVersion: '1', SecurityOptions: ['name=rootless'] }), TOOLS) },
    'fail',
    /rootless/,
  ],
  ['privileged', 'bounded, but it works', { files: { ...WELL, '/proc/self/status': BOUNDED_STATUS } }, 'ok', /can start/],
  [
    'privileged',
    'bounded',
    {
      files: { ...WELL, '/proc/self/status': BOUNDED_STATUS },
      answer: (command) =>
        command.startsWith('docker run') ? { exitCode: 125, stderr: 'unable to apply caps' } : RUNNING(command),
    },
    'fail',
    /withholds CAP_SYS_RESOURCE/,
  ],
  ['disk', 'little', { freeBytes: 11 * GIB }, 'warn', /11\.0 GiB free in \/var\/lib\/docker/],
  ['disk', 'none', { freeBytes: 3.9 * GIB }, 'fail', /3\.9 GiB/],
  ['memory', 'little', { answer: withDocker(dockerInfo({ MemTotal: 3 * GIB }), TOOLS) }, 'warn', /3\.0 GiB/],
  ['memory', 'none', { answer: withDocker(dockerInfo({ MemTotal: 1 * GIB }), TOOLS) }, 'fail', /1\.0 GiB/],
  ['inotify', 'defaults', { files: { ...WELL, '/proc/sys/fs/inotify/max_user_instances': '128\n' } }, 'warn', /128 instances/],
  ['fuse', 'none', { files: without('/dev/fuse') }, 'warn', /no \/dev\/fuse/],
  [
    'nfs-client',
    'as a module',
    { files: { ...without('/proc/filesystems'), '/lib/modules/6.1.0-18-amd64/modules.dep': 'kernel/fs/nfs/nfsv4.ko: x\n' } },
    'ok',
    /module/,
  ],
  ['nfs-client', 'only FUSE', { files: without('/proc/filesystems') }, 'ok', /through FUSE/],
  ['nfs-client', 'neither', { files: without('/proc/filesystems', '/dev/fuse') }, 'fail', /neither/],
  ['open-files', 'few', { files: { ...WELL, '/proc/self/limits': 'Max open files  1024  20000  files\n' } }, 'warn', /20000/],
  [
    'open-files',
    'far too few',
    { files: { ...WELL, '/proc/self/limits': 'Max open files  1024  1024  files\n' } },
    'fail',
    /1024/,
  ],
  [
    'open-files',
    'any number',
    { files: { ...WELL, '/proc/self/limits': 'Max open files  1024  unlimited  files\n' } },
    'ok',
    /unlimited/,
  ],
  ['node', 'too old', { nodeVersion: '22.22.0' }, 'fail', /older than 24\.0/],
  ['go', 'none', { answer: withDocker(dockerInfo(), () => 'no such program') }, 'warn', /only needed to build/],
  ['go', 'too old', { answer: withDocker(dockerInfo(), () => 'go version go1.19.8 linux/amd64') }, 'warn', /older than 1\.21/],
  ['mmdebstrap', 'not installed', { answer: withDocker(dockerInfo(), () => 'mmdebstrap un \n') }, 'warn', /not installed/],
])('%s: %s', async (id, _, options, status, detail) => {
  const checks = await run({ files: WELL, answer: RUNNING, ...options })
  const check = checks.find((candidate) => candidate.id === id)
  expect(check).toMatchObject({ status, detail: expect.stringMatching(detail) })
  expect(check?.fix !== undefined).toBe(status !== 'ok')
})

test('what builds images is required where images are built', async () => {
  const checks = await run({ files: WELL, answer: withDocker(dockerInfo(), () => 'no such program') }, 'packages')
  expect(checks.filter(({ status }) => status === 'fail').map(({ id }) => id)).toEqual(['go', 'mmdebstrap'])
})

test('asks only what makes sense where Docker runs in a virtual machine', async () => {
  const checks = await run({ platform: 'darwin', answer: RUNNING })
  expect(checks.map(({ id }) => id)).toEqual(['docker-cli', 'docker', 'docker-version', 'cgroup', 'privileged', 'memory', 'node'])
})

test('leaves out what cannot be known while Docker does not run', async () => {
  const ids = (await run({ files: WELL, answer: withDocker(DAEMON_DOWN, TOOLS) })).map(({ id }) => id)
  expect(ids).not.toContain('docker-version')
  expect(ids).toContain('disk')
})

function without(...paths: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(WELL).filter(([path]) => !paths.includes(path)))
}

function run(options: FakeHostOptions, source?: string) {
  const host = fakeHost(options)
  return doctor({ runner: host.runner, host, signal: new AbortController().signal, ...(source !== undefined && { source }) })
}
