import { expect, test } from 'vitest'
import { SYSTEM_DAEMON } from '../../../scripts/host/daemon.ts'
import { readDocker } from '../../../scripts/host/docker-state.ts'
import { DAEMON_DOWN, dockerInfo, type FakeHostOptions, fakeHost, NOT_PERMITTED, withDocker } from './fake-host.ts'

const signal = new AbortController().signal
const read = (options: FakeHostOptions) => readDocker(fakeHost(options), SYSTEM_DAEMON, signal)

test('reads the facts of a running daemon', async () => {
  const info = dockerInfo({
    CgroupVersion: '1',
    Architecture: 'aarch64',
    DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
  })
  expect(await read({ answer: withDocker(info) })).toEqual({
    state: 'running',
    facts: {
      serverVersion: '28.2.2',
      cgroupVersion: 1,
      cgroupDriver: 'systemd',
      rootDir: '/var/lib/docker',
      memoryBytes: 16 * 1024 ** 3,
      cpus: 4,
      architecture: 'arm64',
      operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
      defaultRuntime: 'runc',
      rootless: false,
      containerdImageStore: true,
      local: true,
    },
  })
})

test.each([
  ['no program', 'no such program', {}, { state: 'no-cli' }],
  ['not running', DAEMON_DOWN, {}, { state: 'unreachable', ours: true }],
  ['not permitted, as Docker 20.10 says it', NOT_PERMITTED, {}, { state: 'not-permitted' }],
  [
    'not permitted, as later ones say it',
    { exitCode: 1, stderr: 'permission denied while trying to connect' },
    {},
    { state: 'not-permitted' },
  ],
  [
    'DOCKER_HOST is wrong',
    DAEMON_DOWN,
    { DOCKER_HOST: 'tcp://a:1' },
    { state: 'unreachable', ours: false, endpoint: 'tcp://a:1' },
  ],
  [
    'DOCKER_HOST is nonsense',
    { exitCode: 1, stderr: 'Failed to initialize: invalid bind address' },
    { DOCKER_HOST: 'x' },
    { ours: false },
  ],
  ['something unexpected', 'hello', {}, { state: 'unreachable', detail: 'docker info printed something unexpected' }],
])('%s', async (_, info, env, expected) => {
  expect(await read({ answer: withDocker(info), env })).toMatchObject(expected)
})

test('a daemon in a virtual machine is not local', async () => {
  const desktop = await read({ answer: withDocker(dockerInfo({ OperatingSystem: 'Docker Desktop' })) })
  expect(desktop).toMatchObject({ state: 'running', facts: { local: false } })
  expect(await read({ answer: withDocker(dockerInfo()), platform: 'darwin' })).toMatchObject({ facts: { local: false } })
})

test('a daemon that gives no answer is unreachable after the given time, and a caller that gave up is told so', async () => {
  const hanging = fakeHost()
  const hangs = {
    ...hanging,
    runner: {
      run: (_: string, __: readonly string[], options?: { signal?: AbortSignal | undefined }) => untilAborted(options?.signal),
    },
  }
  expect(await readDocker(hangs, { ...SYSTEM_DAEMON, endpoint: 'unix:///x' }, signal, 20)).toMatchObject({
    state: 'unreachable',
    ours: true,
    detail: 'Docker accepts the connection but gives no answer within 0.0s',
  })
  const interrupted = AbortSignal.abort(new Error('interrupted'))
  await expect(readDocker(hangs, SYSTEM_DAEMON, interrupted)).rejects.toThrow('interrupted')
})

function untilAborted(aborted: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (aborted?.aborted) reject(aborted.reason)
    aborted?.addEventListener('abort', () => reject(aborted.reason))
  })
}
