import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, localHost } from '../../scripts/host/host.ts'
import type { CommandRunner } from '../../scripts/process/command-runner.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { poll } from '../../scripts/wait/poll.ts'

/** Whether this machine can run a second dockerd: it takes root and an installed one. */
export async function canRunScratchDocker(): Promise<boolean> {
  const host = localHost(execaRunner)
  return host.platform === 'linux' && host.uid === 0 && (await findProgram(host, 'dockerd')) !== undefined
}

/** A Docker of the test's own beside the machine's, with no image in it. */
export interface ScratchDocker extends AsyncDisposable {
  /** Runs programs so that `docker` talks to this daemon, with no credentials of anybody. */
  readonly runner: CommandRunner
  /** The folder of credentials: `DOCKER_CONFIG`. */
  readonly config: string
  /** How many layers and unfinished downloads it holds. */
  remains(): Promise<{ readonly layers: number; readonly downloads: number }>
}

export interface ScratchDockerOptions {
  /** What it can hold, as `mount -t tmpfs -o size` takes it: `64m`. Default: what the disk has. */
  readonly size?: string
  /** How often a layer is asked for. Default: Docker's own, 5. */
  readonly downloadAttempts?: number
}

/** Starts a dockerd in the machine's own network, so that it reaches the same registries; it runs no containers. */
export async function startScratchDocker({ size, downloadAttempts = 5 }: ScratchDockerOptions = {}): Promise<ScratchDocker> {
  const cleanup = new AsyncDisposableStack()
  try {
    const folder = await mkdtemp(join(tmpdir(), 'statelab-docker-'))
    cleanup.defer(() => rm(folder, { recursive: true, force: true }))
    const [data, config] = [join(folder, 'data'), join(folder, 'config')]
    await Promise.all([mkdir(data), mkdir(config)])
    if (size !== undefined) {
      await run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', data)
      cleanup.defer(() => run('umount', data))
    }
    // With no bridge at all it would delete the docker0 of the machine's own daemon.
    const bridge = `st-${randomBytes(4).toString('hex')}`
    await run('ip', 'link', 'add', bridge, 'type', 'bridge')
    cleanup.defer(() => run('ip', 'link', 'delete', bridge))
    await run('ip', 'address', 'add', '192.0.2.1/24', 'dev', bridge)
    // Without a file of its own it would read the machine's.
    const configFile = join(folder, 'daemon.json')
    await writeFile(configFile, '{}')
    const socket = `unix://${join(folder, 'docker.sock')}`
    const daemon = cleanup.use(
      startDaemon([
        ...['--host', socket, '--data-root', data, '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'docker.pid')],
        ...['--config-file', configFile, '--bridge', bridge, '--iptables=false', '--ip-forward=false'],
        `--max-download-attempts=${downloadAttempts}`,
      ]),
    )
    const env = { DOCKER_HOST: socket, DOCKER_CONFIG: config }
    const runner: CommandRunner = {
      run: (file, args, options) => execaRunner.run(file, args, { ...options, env: { ...env, ...options?.env } }),
    }
    await Promise.race([untilReady(runner), daemon.failure])
    return {
      runner,
      config,
      async remains() {
        const [layers, downloads] = await Promise.all([readdir(join(data, 'overlay2')), readdir(join(data, 'tmp'))])
        return { layers: layers.filter((name) => name !== 'l').length, downloads: downloads.length }
      },
      [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
    }
  } catch (error) {
    await cleanup.disposeAsync()
    throw error
  }
}

/** `failure` rejects when the daemon ends before it is told to. */
function startDaemon(args: readonly string[]): AsyncDisposable & { readonly failure: Promise<never> } {
  const stop = new AbortController()
  const running = execaRunner.run('dockerd', args, { signal: stop.signal })
  const failure = running.then(() => Promise.reject(new Error('dockerd ended')))
  return {
    failure,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await failure.catch(() => {})
    },
  }
}

async function untilReady(runner: CommandRunner): Promise<void> {
  const read = async (signal: AbortSignal) => {
    const { exitCode, stdout, stderr } = await runner.run('docker', ['version'], { signal, allow: 'any' })
    return exitCode === 0 ? { value: stdout, seen: stdout } : { seen: stderr }
  }
  const signal = new AbortController().signal
  await poll(read, { what: 'the second dockerd answers', intervalMs: 100, timeoutMs: 30_000, signal })
}

async function run(file: string, ...args: string[]): Promise<void> {
  await execaRunner.run(file, args)
}
