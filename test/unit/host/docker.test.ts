import { describe, expect, test } from 'vitest'
import { ensureDocker } from '../../../scripts/host/docker.ts'
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

const DEBIAN = { '/etc/os-release': 'ID=debian\n', '/proc/self/status': FULL_STATUS, '/proc/1/comm': 'init-of-a-sandbox\n' }
const INSTALLED = { ...DEBIAN, '/usr/bin/dockerd': '', '/usr/bin/docker': '', '/usr/sbin/runc': '' }
const GIB = 1024 ** 3

describe('a Docker that works', () => {
  test('is left alone', async () => {
    const { host, notes } = await ensure({ files: INSTALLED, answer: withDocker(dockerInfo()) })
    expect(host.commands.every((command) => /^docker (info|context inspect)/.test(command))).toBe(true)
    expect(notes).toEqual([])
  })

  test('is left alone on a machine that withholds capabilities, when privileged containers start all the same', async () => {
    const { host, notes } = await ensure({
      files: { ...INSTALLED, '/proc/self/status': BOUNDED_STATUS },
      answer: withDocker(dockerInfo()),
    })
    expect(host.commands.filter((command) => command.startsWith('docker run'))).toHaveLength(1)
    expect(host.commands.at(-1)).toMatch(/^docker rmi -f statelab-probe-/)
    expect(notes).toEqual([])
  })
})

describe('what is refused, and the command that mends it', () => {
  test.each<[string, FakeHostOptions, RegExp, RegExp]>([
    [
      'too old',
      { answer: withDocker(dockerInfo({ ServerVersion: '19.03.5' })) },
      /Docker 19\.03\.5 is older than 20\.10/,
      /upgrade Docker/,
    ],
    [
      'out of disk',
      { answer: withDocker(dockerInfo()), freeBytes: 3 * GIB },
      /\/var\/lib\/docker has 3\.0 GiB free, 4\.0 GiB/,
      /docker system prune/,
    ],
    [
      'not permitted',
      { answer: withDocker(NOT_PERMITTED), env: { USER: 'ann' } },
      /may not use Docker: permission denied/,
      /usermod -aG docker ann/,
    ],
    [
      'a wrong DOCKER_HOST',
      { answer: withDocker(DAEMON_DOWN), env: { DOCKER_HOST: 'tcp://a:1' } },
      /Docker at tcp:\/\/a:1 does not answer/,
      /unset DOCKER_HOST/,
    ],
    ['macOS', { answer: withDocker(DAEMON_DOWN), platform: 'darwin' }, /does not answer/, /open -a Docker/],
    ['Windows', { answer: withDocker('no such program'), platform: 'win32' }, /not installed/, /start Docker Desktop/],
    [
      'another Linux',
      { answer: withDocker('no such program'), files: { '/etc/os-release': 'ID=fedora\n' } },
      /only Debian and Ubuntu/,
      /install docker\.io/,
    ],
    [
      'no root',
      {
        answer: withDocker('no such program', (command) => (command.startsWith('sudo') ? { exitCode: 1 } : undefined)),
        uid: 1000,
      },
      /takes root/,
      /^sudo apt-get update && sudo apt-get install -y docker\.io iptables iproute2$/,
    ],
  ])('%s', async (_, options, message, fix) => {
    const host = fakeHost({ files: DEBIAN, ...options })
    const ensuring = ensureDocker({
      runner: host.runner,
      host,
      signal: new AbortController().signal,
      emit: () => {},
      allowInstall: true,
    })
    await expect(ensuring).rejects.toMatchObject({
      code: 'prerequisite-missing',
      message: expect.stringMatching(message),
      fix: expect.stringMatching(fix),
    })
    expect(host.commands.filter((command) => /apt-get|dockerd/.test(command))).toEqual([])
  })
})

describe('a missing Docker', () => {
  test('is installed and started, each announced first', async () => {
    let running = false
    const files: Record<string, string> = { ...DEBIAN }
    const { host, notes } = await ensure({
      files,
      answer: (command) => {
        if (command.includes('apt-get') && command.includes('install')) Object.assign(files, INSTALLED)
        if (command.startsWith('sh -c') && command.includes('setsid')) {
          running = true
          return '77'
        }
        return withDocker(running ? dockerInfo() : 'no such program')(command)
      },
    })
    const changes = host.commands.filter((command) => /apt-get|setsid/.test(command))
    expect(changes).toEqual([
      expect.stringMatching(/^env DEBIAN_FRONTEND=noninteractive apt-get .* update -q$/),
      expect.stringMatching(/apt-get .* install -y -q docker\.io iptables iproute2$/),
      expect.stringMatching(/sh \/var\/log\/dockerd\.log \/usr\/bin\/dockerd$/),
    ])
    expect(notes).toEqual([
      'Docker is needed: installing docker.io, iptables, iproute2 with apt-get',
      'Docker is not running: starting it',
    ])
  })

  test.each([
    ['not installed', DEBIAN, 'apt-get update && apt-get install -y docker.io iptables iproute2'],
    ['not running', INSTALLED, "sh -c 'setsid dockerd >>/var/log/dockerd.log 2>&1 &'"],
    ['not running, under systemd', { ...INSTALLED, '/run/systemd/system': '' }, 'systemctl start docker'],
  ])('is not touched without consent, and the error says what to type: %s', async (_, files, fix) => {
    const host = fakeHost({ files, answer: withDocker(DAEMON_DOWN) })
    const ensuring = ensureDocker({
      runner: host.runner,
      host,
      signal: new AbortController().signal,
      emit: () => {},
      allowInstall: false,
    })
    await expect(ensuring).rejects.toMatchObject({ code: 'prerequisite-missing', fix })
    expect(host.commands.filter((command) => !/^docker |^dpkg-query /.test(command))).toEqual([])
  })

  test.each([
    ['systemd', { '/run/systemd/system': '' }, 'systemctl start docker'],
    ['OpenRC', { '/run/openrc/softlevel': '' }, 'rc-service docker start'],
    ['SysV init', { '/proc/1/comm': 'init\n', '/etc/init.d/docker': '' }, 'service docker start'],
  ])('is started through %s where that runs', async (_, files, command) => {
    let running = false
    const { host } = await ensure({
      files: { ...INSTALLED, ...files },
      answer: (typed) => {
        running ||= typed === command
        return withDocker(running ? dockerInfo() : DAEMON_DOWN)(typed)
      },
    })
    expect(host.commands).toContain(command)
    expect(host.commands.join('\n')).not.toContain('setsid')
  })

  test('is only waited for when it is starting already', async () => {
    let asked = 0
    const { host, notes } = await ensure({
      files: {
        ...INSTALLED,
        '/var/run/docker.pid': '9',
        '/proc/9/stat': '9 (dockerd) S 1 2',
        '/proc/9/status': FULL_STATUS,
      },
      answer: (command) => withDocker(command.startsWith('docker info') && ++asked > 2 ? dockerInfo() : DAEMON_DOWN)(command),
    })
    expect(notes).toEqual(['Docker is starting (process 9)'])
    expect(host.commands.join('\n')).not.toContain('setsid')
  })

  test('is reported with its log when it ends at once', async () => {
    const host = fakeHost({
      files: INSTALLED,
      answer: withDocker(DAEMON_DOWN, (command) => {
        if (command.startsWith('tail')) return 'failed to start daemon: no space left'
        return command.includes('setsid') ? '77' : undefined
      }),
    })
    const ensuring = ensureDocker({
      runner: host.runner,
      host,
      signal: new AbortController().signal,
      emit: () => {},
      allowInstall: true,
    })
    await expect(ensuring).rejects.toMatchObject({
      code: 'prerequisite-missing',
      message: 'Docker does not start: it ended at once\nfailed to start daemon: no space left',
    })
  })
})

describe('a machine that withholds a capability which Docker asks for', () => {
  const files = {
    ...INSTALLED,
    '/proc/self/status': BOUNDED_STATUS,
    '/var/run/docker.pid': '9',
    '/proc/9/stat': '9 (dockerd) S 1 2',
    '/proc/9/status': BOUNDED_STATUS,
  }

  function restricted({ helps = true } = {}) {
    let reloaded = false
    const written: Record<string, string> = {}
    const answer: FakeHostOptions['answer'] = (command, { input }) => {
      if (command === 'sh -c kill -HUP "$1" sh 9') reloaded = true
      if (command.startsWith('docker run') && !(reloaded && helps)) return { exitCode: 125, stderr: 'unable to apply caps' }
      const path = / sh (\/\S+) \d+$/.exec(command)?.[1]
      if (path !== undefined) written[path] = input ?? ''
      return withDocker(dockerInfo({ DefaultRuntime: reloaded ? 'statelab-runc' : 'runc' }))(command)
    }
    return { written, answer }
  }

  test('gets a runtime wrapper through a reload, not a restart', async () => {
    const { written, answer } = restricted()
    const { facts, notes } = await ensure({ files: { ...files, '/etc/docker/daemon.json': '{"debug":true}' }, answer })
    expect(facts.defaultRuntime).toBe('statelab-runc')
    expect(written['/usr/local/sbin/statelab-runc']).toContain('exec /usr/sbin/runc "$@"')
    expect(JSON.parse(written['/etc/docker/daemon.json'] ?? '')).toMatchObject({
      debug: true,
      'default-runtime': 'statelab-runc',
    })
    expect(written['/etc/docker/daemon.json.before-statelab']).toBe('{"debug":true}')
    expect(notes).toEqual([expect.stringContaining('this machine withholds CAP_SYS_RESOURCE')])
  })

  test('is left as it is without consent', async () => {
    const { written, answer } = restricted()
    await expect(ensure({ files, answer }, false)).rejects.toMatchObject({
      code: 'prerequisite-missing',
      fix: 'scripts/statelab doctor --fix',
    })
    expect(written).toEqual({})
  })

  test('gets its daemon.json back when that does not help', async () => {
    const { written, answer } = restricted({ helps: false })
    const old = '{"debug":true}'
    await expect(ensure({ files: { ...files, '/etc/docker/daemon.json': old }, answer })).rejects.toThrow(
      'daemon.json is as before',
    )
    expect(written['/etc/docker/daemon.json']).toBe(old)
  })

  test('with rootless Docker is refused', async () => {
    const answer = (command: string) =>
      command.startsWith('docker run')
        ? { exitCode: 125 }
        : withDocker(dockerInfo({ SecurityOptions: ['name=rootless'] }))(command)
    await expect(ensure({ files, answer })).rejects.toThrow(/Docker cannot start privileged containers/)
  })
})

async function ensure(options: FakeHostOptions, allowInstall = true) {
  const host = fakeHost(options)
  const notes: string[] = []
  const emit = (event: { type: string; text?: string }): unknown => event.type === 'note' && notes.push(event.text ?? '')
  const facts = await ensureDocker({ runner: host.runner, host, signal: new AbortController().signal, emit, allowInstall })
  return { host, facts, notes }
}
