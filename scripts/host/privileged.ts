import { messageOf, prerequisiteMissing, StatelabError } from '../errors.ts'
import { cleanupSignal } from '../wait/deadline.ts'
import { poll } from '../wait/poll.ts'
import type { InstallOptions } from './apt.ts'
import { asTyped, canBeRoot, runAsRoot, writeAsRoot } from './as-root.ts'
import { missingCapabilities } from './capabilities.ts'
import { type Daemon, readPidFile } from './daemon.ts'
import { defaultRuntime, type Runtime, WRAPPER_NAME, withDefaultRuntime } from './daemon-config.ts'
import type { DockerFacts } from './docker-facts.ts'
import { readDocker } from './docker-state.ts'
import { findProgram, type Host } from './host.ts'
import { logTail } from './log-tail.ts'
import { whyPrivilegedFails } from './privileged-proof.ts'
import { runtimeWrapper, wrappedRuntime } from './runtime-wrapper.ts'

/** What is in the way of privileged containers, which kind's nodes are. */
export interface Restriction {
  readonly missing: readonly string[]
  /** What Docker said. */
  readonly reason: string
}

/** @returns `undefined` when privileged containers start. Asks Docker only on a machine that withholds capabilities. */
export async function readRestriction(
  host: Host,
  daemon: Daemon,
  facts: DockerFacts,
  signal: AbortSignal,
): Promise<Restriction | undefined> {
  if (!facts.local) return undefined
  const pidFile = await readPidFile(host, daemon.pidFile, 'dockerd')
  const missing = await missingCapabilities(host, pidFile.state === 'alive' ? pidFile.pid : 'self')
  if (missing.length === 0 || (await isWrapperInUse(host, daemon, facts, missing))) return undefined
  const reason = await whyPrivilegedFails(host, daemon, facts, signal)
  return reason === undefined ? undefined : { missing, reason }
}

async function isWrapperInUse(host: Host, daemon: Daemon, facts: DockerFacts, missing: readonly string[]): Promise<boolean> {
  if (facts.defaultRuntime !== WRAPPER_NAME) return false
  const text = await host.readText(daemon.wrapperFile)
  const runtime = text && wrappedRuntime(text)
  return runtime !== undefined && runtime !== '' && text === runtimeWrapper(missing, runtime)
}

/**
 * Makes Docker leave out the capabilities that this machine cannot grant: a runtime wrapper, made the default runtime
 * in daemon.json, which dockerd reads again on SIGHUP. Running containers are not touched. It happens to the running
 * daemon, also right after this tool started it: only a running one can show that the wrapper is needed.
 * @returns Docker's facts afterwards.
 * @throws {StatelabError} `prerequisite-missing`; daemon.json is as before then.
 */
export async function leaveOutCapabilities(
  restriction: Restriction,
  daemon: Daemon,
  facts: DockerFacts,
  options: InstallOptions,
): Promise<DockerFacts> {
  const { host, signal, emit, allowInstall } = options
  const what = `this machine withholds ${restriction.missing.join(', ')}, so Docker cannot start privileged containers`
  if (facts.rootless) throw prerequisiteMissing(`${what} (${restriction.reason})`, 'use a Docker daemon that runs as root')
  if (!allowInstall || !(await canBeRoot(host, signal))) {
    throw prerequisiteMissing(
      `${what}; a runtime wrapper helps, which takes root and consent`,
      asTyped(host, 'scripts/statelab doctor --fix'),
    )
  }
  const before = await host.readText(daemon.configFile)
  const runtime = await runtimeToWrap(host, daemon, before)
  const after = withDefaultRuntime(before, daemon.configFile, { ...runtime, path: daemon.wrapperFile })
  emit({ type: 'note', level: 'info', text: `${what}: adding a runtime wrapper (${daemon.wrapperFile}, ${daemon.configFile})` })
  await writeAsRoot(host, daemon.wrapperFile, runtimeWrapper(restriction.missing, runtime.path), '755', signal)
  await keepBackup(host, daemon, before, signal)
  await writeAsRoot(host, daemon.configFile, after, '644', signal)
  try {
    return await reload(host, daemon, signal)
  } catch (error) {
    await putBack(host, daemon, before)
    signal.throwIfAborted()
    const log = await logTail(host, daemon, cleanupSignal(5_000))
    const failure = `the runtime wrapper did not help, ${daemon.configFile} is as before: ${messageOf(error)}`
    throw prerequisiteMissing(`${failure}\n${log}`, 'use a machine that allows privileged containers', error)
  }
}

async function runtimeToWrap(host: Host, daemon: Daemon, config: string | undefined): Promise<Runtime> {
  const runtime = defaultRuntime(config, daemon.configFile)
  const ours = runtime.path === daemon.wrapperFile ? wrappedRuntime((await host.readText(daemon.wrapperFile)) ?? '') : undefined
  const path = await findProgram(host, ours ?? (runtime.path === daemon.wrapperFile ? 'runc' : runtime.path))
  if (path === undefined) throw prerequisiteMissing(`Docker's runtime ${runtime.path} was not found`, 'install runc')
  return { ...runtime, path }
}

async function keepBackup(host: Host, daemon: Daemon, text: string | undefined, signal: AbortSignal): Promise<void> {
  const backup = `${daemon.configFile}.before-statelab`
  if (text !== undefined && !(await host.exists(backup))) await writeAsRoot(host, backup, text, '644', signal)
}

async function putBack(host: Host, daemon: Daemon, config: string | undefined): Promise<void> {
  const signal = cleanupSignal(10_000)
  await writeAsRoot(host, daemon.configFile, config ?? '{}\n', '644', signal)
  await tellToReload(host, daemon, signal).catch(() => undefined)
}

async function reload(host: Host, daemon: Daemon, signal: AbortSignal): Promise<DockerFacts> {
  await tellToReload(host, daemon, signal)
  const facts = await poll(
    async (both) => {
      const docker = await readDocker(host, daemon, both)
      if (docker.state !== 'running') return { seen: docker.state }
      const { defaultRuntime: name } = docker.facts
      return name === WRAPPER_NAME ? { value: docker.facts, seen: name } : { seen: `the default runtime is ${name}` }
    },
    { what: 'Docker uses the runtime wrapper', intervalMs: 100, timeoutMs: 10_000, signal },
  )
  const reason = await whyPrivilegedFails(host, daemon, facts, signal)
  if (reason !== undefined) throw new StatelabError('operation-failed', reason)
  return facts
}

async function tellToReload(host: Host, daemon: Daemon, signal: AbortSignal): Promise<void> {
  const pidFile = await readPidFile(host, daemon.pidFile, 'dockerd')
  if (pidFile.state !== 'alive') throw new StatelabError('operation-failed', `${daemon.pidFile} names no running dockerd`)
  // The shell's own kill: a minimal Debian has no such program.
  await runAsRoot(host, 'sh', ['-c', 'kill -HUP "$1"', 'sh', String(pidFile.pid)], { signal })
}
