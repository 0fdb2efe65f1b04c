import type { Daemon } from '../daemon.ts'
import type { DockerFacts } from '../docker-facts.ts'
import type { DockerState } from '../docker-state.ts'
import type { Host } from '../host.ts'

export type DoctorStatus = 'ok' | 'warn' | 'fail'

/** What one check of the host found; the JSON of `doctor` has it as it is. */
export interface DoctorCheck {
  readonly id: string
  readonly status: DoctorStatus
  /** What was seen, and what would be needed where that differs. */
  readonly detail: string
  /** The command that mends it. */
  readonly fix?: string
}

export interface DoctorView {
  readonly host: Host
  readonly daemon: Daemon
  readonly docker: Promise<DockerState>
  readonly signal: AbortSignal
  /** Whether images will be built from packages on this machine. */
  readonly builds: boolean
}

export type Verdict = Omit<DoctorCheck, 'id'>

export interface HostCheck {
  readonly id: string
  /** @returns `undefined` where the question makes no sense, as for a kernel that is not the containers'. */
  look(view: DoctorView): Promise<Verdict | undefined>
}

export function ok(detail: string): Verdict {
  return { status: 'ok', detail }
}

export function warn(detail: string, fix?: string): Verdict {
  return { status: 'warn', detail, ...(fix !== undefined && { fix }) }
}

export function fail(detail: string, fix: string): Verdict {
  return { status: 'fail', detail, fix }
}

/** Docker's facts, or `undefined` while it does not run: the check `docker` says so, others need not repeat it. */
export async function factsOf({ docker }: DoctorView): Promise<DockerFacts | undefined> {
  const state = await docker
  return state.state === 'running' ? state.facts : undefined
}
