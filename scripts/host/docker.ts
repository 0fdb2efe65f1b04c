import { prerequisiteMissing } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { CommandRunner } from '../process/command-runner.ts'
import { ensureDebianPackages, type InstallOptions } from './apt.ts'
import { type Daemon, SYSTEM_DAEMON } from './daemon.ts'
import type { DockerFacts } from './docker-facts.ts'
import { type DockerState, readDocker } from './docker-state.ts'
import { findProgram, type Host, localHost } from './host.ts'
import { leaveOutCapabilities, readRestriction } from './privileged.ts'
import { GIB, isOlder, MINIMUM_DISK_BYTES, MINIMUM_DOCKER } from './requirements.ts'
import { notPermitted, startDocker } from './start-docker.ts'

export type { DockerFacts } from './docker-facts.ts'

export interface EnsureDockerOptions {
  readonly runner: CommandRunner
  readonly signal: AbortSignal
  readonly emit: Emit
  /** False (`--no-install`): nothing on the host is changed, and the error says what to type. */
  readonly allowInstall: boolean
  /** What an installation prints, line by line. */
  readonly progress?: (line: string) => void
  readonly host?: Host
  readonly daemon?: Daemon
}

/**
 * A Docker that can run kind's nodes. One that can already is left alone; else it is installed, started, or taught to
 * start privileged containers, each announced by a note first. Safe to repeat.
 * @throws {StatelabError} `prerequisite-missing` with the command that mends it.
 */
export async function ensureDocker(options: EnsureDockerOptions): Promise<DockerFacts> {
  const { signal, host = localHost(options.runner), daemon = SYSTEM_DAEMON } = options
  const install = { ...options, host }
  const docker = await readDocker(host, daemon, signal)
  const facts = docker.state === 'running' ? docker.facts : await makeItRun(docker, daemon, install)
  refuseOld(facts)
  await refuseFullDisk(host, facts)
  const restriction = await readRestriction(host, daemon, facts, signal)
  return restriction === undefined ? facts : leaveOutCapabilities(restriction, daemon, facts, install)
}

async function makeItRun(
  docker: Exclude<DockerState, { state: 'running' }>,
  daemon: Daemon,
  options: InstallOptions,
): Promise<DockerFacts> {
  const { host } = options
  if (docker.state === 'not-permitted') throw notPermitted(host, docker.detail)
  if (docker.state === 'unreachable' && !docker.ours) {
    throw prerequisiteMissing(`Docker at ${docker.endpoint} does not answer: ${docker.detail}`, howToReach(host))
  }
  if (host.platform !== 'linux') throw prerequisiteMissing('Docker is not installed', howToReach(host))
  if (docker.state === 'no-cli' || (await findProgram(host, 'dockerd')) === undefined) {
    await ensureDebianPackages(['docker.io', 'iptables', 'iproute2'], 'Docker is needed', options)
    // Debian 13 split the client from docker.io.
    if ((await findProgram(host, 'docker')) === undefined)
      await ensureDebianPackages(['docker-cli'], 'The docker program is needed', options)
  }
  return startDocker(daemon, options)
}

function howToReach(host: Host): string {
  if (host.env.DOCKER_HOST) return 'unset DOCKER_HOST, or start the Docker that it names'
  if (host.platform === 'darwin') return 'open -a Docker (Docker Desktop), or: colima start'
  if (host.platform === 'win32') return 'start Docker Desktop'
  return 'docker context use default, or start the Docker that the current context names'
}

function refuseOld({ serverVersion }: DockerFacts): void {
  if (!isOlder(serverVersion, MINIMUM_DOCKER)) return
  throw prerequisiteMissing(
    `Docker ${serverVersion} is older than ${MINIMUM_DOCKER}`,
    'upgrade Docker: https://docs.docker.com/engine/install/',
  )
}

async function refuseFullDisk(host: Host, facts: DockerFacts): Promise<void> {
  const free = facts.local ? await host.freeBytes(facts.rootDir) : undefined
  if (free === undefined || free >= MINIMUM_DISK_BYTES) return
  const gib = (bytes: number): string => (bytes / GIB).toFixed(1)
  throw prerequisiteMissing(
    `${facts.rootDir} has ${gib(free)} GiB free, ${gib(MINIMUM_DISK_BYTES)} GiB are needed`,
    'docker system prune',
  )
}
