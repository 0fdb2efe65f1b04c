import type { CommandRunner } from '../process/command-runner.ts'
import { type Daemon, SYSTEM_DAEMON } from './daemon.ts'
import { readDocker } from './docker-state.ts'
import type { DoctorCheck, DoctorView, HostCheck } from './doctor/check.ts'
import { DOCKER_CHECKS } from './doctor/docker-checks.ts'
import { KERNEL_CHECKS } from './doctor/kernel-checks.ts'
import { RESOURCE_CHECKS } from './doctor/resource-checks.ts'
import { TOOLCHAIN_CHECKS } from './doctor/toolchain-checks.ts'
import { type Host, localHost } from './host.ts'

export type { DoctorCheck, DoctorStatus } from './doctor/check.ts'

export interface DoctorOptions {
  readonly runner: CommandRunner
  readonly signal: AbortSignal
  /** The image source that will be used: `packages` makes the tools it builds with a requirement. */
  readonly source?: string
  readonly host?: Host
  readonly daemon?: Daemon
}

/**
 * Looks at each prerequisite; all at once, in under 3 s. Changes nothing, but on a machine that withholds capabilities
 * it starts and removes one tiny privileged container to see whether Docker can.
 */
export async function doctor(options: DoctorOptions): Promise<DoctorCheck[]> {
  const { runner, signal, source, host = localHost(runner), daemon = SYSTEM_DAEMON } = options
  const view: DoctorView = {
    host,
    daemon,
    docker: readDocker(host, daemon, signal, DOCKER_TIMEOUT_MS),
    signal,
    builds: source === 'packages',
  }
  const results = await Promise.all(CHECKS.map((check) => look(check, view)))
  return results.filter((result) => result !== undefined)
}

/** Keeps the whole of `doctor` under 3 s when Docker hangs. */
const DOCKER_TIMEOUT_MS = 2_500

const CHECKS: readonly HostCheck[] = [...DOCKER_CHECKS, ...RESOURCE_CHECKS, ...KERNEL_CHECKS, ...TOOLCHAIN_CHECKS]

async function look(check: HostCheck, view: DoctorView): Promise<DoctorCheck | undefined> {
  const verdict = await check.look(view)
  return verdict && { id: check.id, ...verdict }
}
