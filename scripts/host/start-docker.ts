import { messageOf, prerequisiteMissing, type StatelabError } from '../errors.ts'
import { pasteable } from '../process/command-runner.ts'
import { cleanupSignal } from '../wait/deadline.ts'
import { poll } from '../wait/poll.ts'
import type { InstallOptions } from './apt.ts'
import { asTyped, canBeRoot, runAsRoot } from './as-root.ts'
import { type Daemon, type PidFile, readPidFile, runningProgram } from './daemon.ts'
import type { DockerFacts } from './docker-facts.ts'
import { readDocker } from './docker-state.ts'
import { findProgram, type Host } from './host.ts'
import { logTail } from './log-tail.ts'
import { serviceManager, startCommand } from './service-manager.ts'

/** A daemon with many containers to restore takes its time. */
const START_TIMEOUT_MS = 90_000

/**
 * Starts an installed dockerd and waits until it answers: through the service manager where one runs, else as a process
 * of its own session that Ctrl-C here does not reach. One that is just starting is only waited for.
 * @throws {StatelabError} `prerequisite-missing` with the last lines of its log.
 */
export async function startDocker(daemon: Daemon, options: InstallOptions): Promise<DockerFacts> {
  const { host, signal, emit, allowInstall } = options
  const present = await readPidFile(host, daemon.pidFile, 'dockerd')
  if (present.state === 'alive') {
    emit({ type: 'note', level: 'info', text: `Docker is starting (process ${present.pid})` })
    return untilItAnswers(host, daemon, present.pid, signal)
  }
  const manager = startCommand(await serviceManager(host), daemon.service ?? '')
  const command = daemon.service !== undefined && manager ? manager : undefined
  const typed = asTyped(
    host,
    command ? pasteable(command[0], command.slice(1)) : `sh -c 'setsid dockerd >>${daemon.logFile} 2>&1 &'`,
  )
  if (!allowInstall) throw prerequisiteMissing('Docker is installed but not running', typed)
  if (!(await canBeRoot(host, signal))) throw prerequisiteMissing('Docker is not running, and starting it takes root', typed)
  emit({ type: 'note', level: 'info', text: `Docker is not running${because(present)}: starting it` })
  const pid = (command && (await startService(host, command, signal))) ?? (await startDetached(host, daemon, signal))
  return untilItAnswers(host, daemon, pid, signal)
}

function because(pidFile: PidFile): string {
  return pidFile.state === 'stale' ? ` (it left a pid file behind: ${pidFile.why})` : ''
}

/** @returns `'managed'`, or `undefined` when the service manager could not start it: a plain process may still work. */
async function startService(
  host: Host,
  [file, ...args]: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<'managed' | undefined> {
  const { exitCode } = await runAsRoot(host, file, args, { signal, allow: 'any' })
  return exitCode === 0 ? 'managed' : undefined
}

/** The positional parameters are the log file, then dockerd and its options. */
const DETACH = 'cd / && log=$1 && shift && { setsid "$@" </dev/null >>"$log" 2>&1 & } && echo $!'

async function startDetached(host: Host, daemon: Daemon, signal: AbortSignal): Promise<number> {
  await removeStalePidFiles(host, daemon, signal)
  const dockerd = (await findProgram(host, 'dockerd')) ?? 'dockerd'
  const { stdout } = await runAsRoot(host, 'sh', ['-c', DETACH, 'sh', daemon.logFile, dockerd, ...daemon.args], { signal })
  return Number(stdout.trim())
}

/**
 * dockerd refuses to start while the process in its pid file exists, whatever program that is by now; and it waits in
 * vain for its containerd when that one's pid file is stale in the same way.
 */
async function removeStalePidFiles(host: Host, daemon: Daemon, signal: AbortSignal): Promise<void> {
  const files = [
    [daemon.pidFile, 'dockerd'],
    [`${daemon.execRoot}/containerd/containerd.pid`, 'containerd'],
  ] as const
  for (const [path, program] of files) {
    const { state } = await readPidFile(host, path, program)
    if (state === 'stale') await runAsRoot(host, 'rm', ['-f', path], { signal })
  }
}

async function untilItAnswers(host: Host, daemon: Daemon, pid: number | 'managed', signal: AbortSignal): Promise<DockerFacts> {
  const docker = await poll(
    async (both) => {
      const state = await readDocker(host, daemon, both)
      if (state.state === 'running' || state.state === 'not-permitted') return { value: state, seen: state.state }
      if (pid !== 'managed' && (await hasEnded(host, daemon, pid))) throw prerequisiteMissing('it ended at once', daemon.logFile)
      return { seen: state.state === 'unreachable' ? state.detail : 'there is no docker program' }
    },
    { what: 'Docker answers', intervalMs: 200, timeoutMs: START_TIMEOUT_MS, signal },
  ).catch(async (error: unknown) => {
    signal.throwIfAborted()
    const log = await logTail(host, daemon, cleanupSignal(5_000))
    const fix = `mend what the lines above say (all of it: ${daemon.logFile})`
    throw prerequisiteMissing(`Docker does not start: ${messageOf(error)}\n${log}`, fix, error)
  })
  if (docker.state === 'not-permitted') throw notPermitted(host, docker.detail)
  return docker.facts
}

/** When two commands start Docker at once, the one that comes second ends by itself, and the first one is as good. */
async function hasEnded(host: Host, daemon: Daemon, pid: number): Promise<boolean> {
  if ((await runningProgram(host, pid)) !== undefined) return false
  return (await readPidFile(host, daemon.pidFile, 'dockerd')).state !== 'alive'
}

export function notPermitted(host: Host, detail: string): StatelabError {
  const user = host.env.USER ?? '$USER'
  return prerequisiteMissing(`this user may not use Docker: ${detail}`, `sudo usermod -aG docker ${user} && newgrp docker`)
}
