import { asTyped } from '../as-root.ts'
import { readPidFile } from '../daemon.ts'
import type { DockerState } from '../docker-state.ts'
import { findProgram } from '../host.ts'
import { readRestriction } from '../privileged.ts'
import { isOlder, MINIMUM_DOCKER } from '../requirements.ts'
import { notPermitted } from '../start-docker.ts'
import { type DoctorView, factsOf, fail, type HostCheck, ok, type Verdict, warn } from './check.ts'

const MEND = 'scripts/statelab doctor --fix'

export const DOCKER_CHECKS: readonly HostCheck[] = [
  {
    id: 'docker-cli',
    look: async (view) => {
      if ((await view.docker).state !== 'no-cli') return ok('the docker program is on PATH')
      return fail('there is no docker program', view.host.platform === 'linux' ? MEND : 'install Docker Desktop')
    },
  },
  {
    id: 'docker',
    look: async (view) => {
      const docker = await view.docker
      if (docker.state === 'running') return ok(`Docker ${docker.facts.serverVersion} answers (${docker.facts.operatingSystem})`)
      return whyNotRunning(view, docker)
    },
  },
  {
    id: 'docker-version',
    look: async (view) => {
      const facts = await factsOf(view)
      if (facts === undefined) return undefined
      if (!isOlder(facts.serverVersion, MINIMUM_DOCKER))
        return ok(`${facts.serverVersion} (${MINIMUM_DOCKER} or later is needed)`)
      return fail(
        `Docker ${facts.serverVersion} is older than ${MINIMUM_DOCKER}`,
        'upgrade Docker: https://docs.docker.com/engine/install/',
      )
    },
  },
  {
    id: 'cgroup',
    look: async (view) => {
      const facts = await factsOf(view)
      if (facts === undefined) return undefined
      const seen = `cgroup v${facts.cgroupVersion}, driver ${facts.cgroupDriver}`
      if (facts.cgroupVersion === 2) return ok(seen)
      if (facts.rootless) return fail(`${seen}: rootless Docker needs cgroup v2`, 'boot with systemd.unified_cgroup_hierarchy=1')
      return warn(`${seen}: works, but Kubernetes is giving v1 up`, 'boot with systemd.unified_cgroup_hierarchy=1')
    },
  },
  {
    id: 'privileged',
    look: async (view) => {
      const facts = await factsOf(view)
      if (facts === undefined) return undefined
      const restriction = await readRestriction(view.host, view.daemon, facts, view.signal)
      if (restriction === undefined) return ok('privileged containers can start')
      return fail(`this machine withholds ${restriction.missing.join(', ')}: Docker cannot start privileged containers`, MEND)
    },
  },
]

async function whyNotRunning({ host, daemon }: DoctorView, docker: Exclude<DockerState, { state: 'running' }>): Promise<Verdict> {
  if (docker.state === 'not-permitted') {
    const { message, fix } = notPermitted(host, docker.detail)
    return fail(message, fix ?? '')
  }
  if (docker.state === 'unreachable' && !docker.ours) {
    const fix = host.env.DOCKER_HOST
      ? 'unset DOCKER_HOST'
      : host.platform === 'linux'
        ? 'docker context use default'
        : 'start Docker Desktop'
    return fail(`Docker at ${docker.endpoint} does not answer: ${docker.detail}`, fix)
  }
  if (host.platform !== 'linux') return fail('Docker is not installed', 'install Docker Desktop')
  if ((await findProgram(host, 'dockerd')) === undefined) return fail('Docker is not installed', MEND)
  const pidFile = await readPidFile(host, daemon.pidFile, 'dockerd')
  if (pidFile.state === 'alive')
    return fail(`Docker is starting, or hangs (process ${pidFile.pid})`, asTyped(host, `tail ${daemon.logFile}`))
  if (pidFile.state === 'stale') return fail(`Docker is not running; ${daemon.pidFile} is left behind: ${pidFile.why}`, MEND)
  return fail('Docker is installed but not running', MEND)
}
