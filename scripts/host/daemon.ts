import type { Host } from './host.ts'

/** Where one Docker daemon keeps its things. */
export interface Daemon {
  /** Given to the docker CLI as DOCKER_HOST; `undefined` leaves the choice to the user's environment and context. */
  readonly endpoint?: string
  readonly pidFile: string
  readonly execRoot: string
  readonly logFile: string
  readonly configFile: string
  /** Where the wrapper goes that a capability-restricted host needs. */
  readonly wrapperFile: string
  /** Options for dockerd, when it is started without a service manager. */
  readonly args: readonly string[]
  /** The service manager's name for it, when one may manage it. */
  readonly service?: string
}

/** The daemon that a Linux distribution's package makes. */
export const SYSTEM_DAEMON: Daemon = {
  pidFile: '/var/run/docker.pid',
  execRoot: '/var/run/docker',
  logFile: '/var/log/dockerd.log',
  configFile: '/etc/docker/daemon.json',
  wrapperFile: '/usr/local/sbin/statelab-runc',
  args: [],
  service: 'docker',
}

export type PidFile =
  | { readonly state: 'absent' }
  /** The process is the program that the file is for. */
  | { readonly state: 'alive'; readonly pid: number }
  /** No such process, or another program got its number after a crash or a reboot. */
  | { readonly state: 'stale'; readonly pid: number; readonly why: string }

/** @param program the process's name as the kernel has it: `dockerd`. */
export async function readPidFile(host: Host, path: string, program: string): Promise<PidFile> {
  const text = await host.readText(path)
  if (text === undefined) return { state: 'absent' }
  const pid = Number(text.trim())
  if (!Number.isInteger(pid) || pid <= 0) return { state: 'stale', pid: 0, why: 'it holds no process number' }
  const name = await runningProgram(host, pid)
  if (name === program) return { state: 'alive', pid }
  return { state: 'stale', pid, why: name === undefined ? `process ${pid} is gone` : `process ${pid} is ${name}` }
}

/**
 * The name of the program that a process runs; `undefined` when it is gone. A dead one that nobody waits for is gone,
 * too: where process 1 is no init, as in many sandboxes, a killed dockerd stays in /proc for ever.
 */
export async function runningProgram(host: Host, pid: number): Promise<string | undefined> {
  const [, name, state] = /^\d+ \((.*)\) (\w)/s.exec((await host.readText(`/proc/${pid}/stat`)) ?? '') ?? []
  return state === 'Z' || state === 'X' ? undefined : name
}

export function dockerEnv(daemon: Daemon): Record<string, string> {
  return daemon.endpoint === undefined ? {} : { DOCKER_HOST: daemon.endpoint }
}
