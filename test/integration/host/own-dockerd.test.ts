import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missingCapabilities } from '../../../scripts/host/capabilities.ts'
import { type Daemon, readPidFile, runningProgram } from '../../../scripts/host/daemon.ts'
import { WRAPPER_NAME } from '../../../scripts/host/daemon-config.ts'
import { ensureDocker } from '../../../scripts/host/docker.ts'
import { findProgram, type Host, localHost } from '../../../scripts/host/host.ts'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'

/** A daemon of its own, beside the machine's: own data, socket and network. Takes root and an installed dockerd. */
const machine = localHost(execaRunner)
const dockerd = await findProgram(machine, 'dockerd')
const canRun = machine.platform === 'linux' && machine.uid === 0 && dockerd !== undefined

describe.runIf(canRun)(
  'a dockerd of our own',
  () => {
    const signal = new AbortController().signal
    let folder: string
    let host: Host
    let daemon: Daemon
    let notes: string[]
    /** Whose number a crashed dockerd's pid file holds by now. */
    const bystander = spawn('sleep', ['600'], { stdio: 'ignore' })

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'statelab-'))
      const at = (name: string): string => join(folder, name)
      host = { ...machine, env: { ...machine.env, PATH: `${at('bin')}:${machine.env.PATH}` } }
      await writeSeparatedDockerd(at('bin'))
      const endpoint = `unix://${at('docker.sock')}`
      daemon = {
        endpoint,
        pidFile: at('docker.pid'),
        execRoot: at('exec'),
        logFile: at('dockerd.log'),
        configFile: at('daemon.json'),
        wrapperFile: at('statelab-runc'),
        args: [
          ...['--host', endpoint, '--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('docker.pid')],
          ...['--config-file', at('daemon.json'), '--bridge=none', '--iptables=false'],
        ],
      }
      await writeFile(daemon.configFile, '{\n    "labels": ["kept=yes"]\n}\n')
      await mkdir(join(daemon.execRoot, 'containerd'), { recursive: true })
      await writeStalePidFiles()
    })

    afterAll(async () => {
      bystander.kill()
      await end('SIGTERM')
      await unmountLeftovers()
      await rm(folder, { recursive: true, force: true })
    }, 60_000)

    test('without consent it stays down, and the error says what to type', async () => {
      await expect(ensure({ allowInstall: false })).rejects.toMatchObject({
        code: 'prerequisite-missing',
        message: 'Docker is installed but not running',
        fix: expect.stringContaining('setsid dockerd'),
      })
      expect((await readPidFile(host, daemon.pidFile, 'dockerd')).state).toBe('stale')
    })

    test('is started in spite of pid files that name other programs, in a session of its own', async () => {
      const facts = await ensure()
      expect(facts.rootDir).toBe(join(folder, 'data'))
      expect(facts.local).toBe(true)
      expect(notes[0]).toContain(`process ${bystander.pid} is sleep`)
      const pid = await dockerdPid()
      const [, , , session] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
      expect(Number(session)).toBe(pid)
    })

    test('privileged containers start, and so do privileged processes in them', async () => {
      await importSleep()
      await docker('run', '-d', '--name', 'sleeper', '--privileged', '--network', 'none', 'sleep', '/bin/sleep', '600')
      await docker('exec', '--privileged', 'sleeper', '/bin/sleep', '0')
      await docker('rm', '-f', 'sleeper')
    })

    test('a host that withholds capabilities gets the wrapper, and its daemon.json keeps what it had', async () => {
      const config = JSON.parse(await readFile(daemon.configFile, 'utf8'))
      expect(config.labels).toEqual(['kept=yes'])
      const missing = await missingCapabilities(host, 'self')
      expect(config['default-runtime']).toBe(missing.length === 0 ? undefined : WRAPPER_NAME)
      if (missing.length === 0) return
      expect(await readFile(`${daemon.configFile}.before-statelab`, 'utf8')).toBe('{\n    "labels": ["kept=yes"]\n}\n')
      expect(notes.join('\n')).toContain(missing.join(', '))
    })

    test('one that works is left alone', async () => {
      const pid = await dockerdPid()
      const config = await readFile(daemon.configFile, 'utf8')
      await ensure({ allowInstall: false })
      expect(notes).toEqual([])
      expect(await dockerdPid()).toBe(pid)
      expect(await readFile(daemon.configFile, 'utf8')).toBe(config)
    })

    test('is started again after it was killed, also by two callers at once', async () => {
      const killed = await dockerdPid()
      await end('SIGKILL')
      await writeStalePidFiles()
      await Promise.all([ensure(), ensure()])
      const pid = await dockerdPid()
      expect(pid).not.toBe(killed)
      await ensure()
      expect(await dockerdPid()).toBe(pid)
    })

    test('a daemon that cannot start is reported with the last lines of its log', async () => {
      await end('SIGTERM')
      const config = await readFile(daemon.configFile, 'utf8')
      await writeFile(daemon.configFile, '{"no-such-option": 1}')
      await expect(ensure()).rejects.toMatchObject({
        code: 'prerequisite-missing',
        message: expect.stringMatching(/^Docker does not start: it ended at once.*no-such-option/s),
      })
      await writeFile(daemon.configFile, config)
    })

    async function ensure({ allowInstall = true } = {}) {
      notes = []
      const emit = (event: { type: string; text?: string }): unknown => event.type === 'note' && notes.push(event.text ?? '')
      return ensureDocker({ runner: execaRunner, signal, emit, allowInstall, host, daemon })
    }

    async function docker(...args: string[]): Promise<void> {
      await execaRunner.run('docker', args, { signal, env: { DOCKER_HOST: daemon.endpoint ?? '' } })
    }

    /** In a network namespace of its own: in the machine's, it would delete the docker0 of the machine's own daemon. */
    async function writeSeparatedDockerd(bin: string): Promise<void> {
      await mkdir(bin)
      await writeFile(join(bin, 'dockerd'), `#!/bin/sh\nexec unshare --net ${dockerd} "$@"\n`, { mode: 0o755 })
    }

    /** An image with the host's own `sleep` and the libraries that it needs. */
    async function importSleep(): Promise<void> {
      const { stdout } = await execaRunner.run('ldd', ['/bin/sleep'], { signal })
      const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path ?? '')
      const archive = join(folder, 'sleep.tar')
      await execaRunner.run('tar', ['-chf', archive, '-C', '/', ...['/bin/sleep', ...libraries].map((path) => path.slice(1))], {
        signal,
      })
      await docker('import', archive, 'sleep')
    }

    /** A killed dockerd leaves its data folder mounted on itself. */
    async function unmountLeftovers(): Promise<void> {
      const mounts = await readFile('/proc/mounts', 'utf8')
      const ours = mounts
        .split('\n')
        .map((line) => line.split(' ')[1] ?? '')
        .filter((path) => path.startsWith(`${folder}/`))
      for (const path of ours.reverse()) await execaRunner.run('umount', [path], { signal })
    }

    async function writeStalePidFiles(): Promise<void> {
      await writeFile(daemon.pidFile, String(bystander.pid))
      await writeFile(join(daemon.execRoot, 'containerd', 'containerd.pid'), String(bystander.pid))
    }

    async function dockerdPid(): Promise<number> {
      const pidFile = await readPidFile(host, daemon.pidFile, 'dockerd')
      if (pidFile.state !== 'alive') throw new Error(`dockerd is ${pidFile.state}`)
      return pidFile.pid
    }

    async function isRunning(pid: number): Promise<boolean> {
      return (await runningProgram(host, pid)) !== undefined
    }

    /** Ends dockerd and its containerd, and waits until both are gone. */
    async function end(how: NodeJS.Signals): Promise<void> {
      const files = [
        [daemon.pidFile, 'dockerd'],
        [join(daemon.execRoot, 'containerd', 'containerd.pid'), 'containerd'],
      ] as const
      const pids = await Promise.all(files.map(([path, program]) => readPidFile(host, path, program)))
      for (const pidFile of pids) {
        if (pidFile.state !== 'alive') continue
        if (await isRunning(pidFile.pid)) process.kill(pidFile.pid, how)
        await expect.poll(() => isRunning(pidFile.pid), { timeout: 15_000 }).toBe(false)
      }
    }
  },
  120_000,
)
