import type { Environment } from '../environment.ts'
import type { CommandRunner } from '../process/command-runner.ts'
import { execaRunner } from '../process/execa-runner.ts'
import { cleanupSignal } from '../wait/deadline.ts'
import { poll } from '../wait/poll.ts'
import { NfsServerContainer, startFailure } from './container.ts'
import { DEFINITION_LABEL, defineNfsServer, type NfsServerDefinition } from './definition.ts'
import { EXPORT_PATH } from './export-path.ts'
import { answersNfs, exportVolumeExists, type FoundContainer, imageIdOf, inspectNfsContainer } from './inspect.ts'

export interface EnsureNfsServerOptions {
  readonly runner: CommandRunner
  /** The image's reference. It must be on this machine. */
  readonly image: string
  /** A Docker network that was made with a subnet of its own. */
  readonly network: string
  /** Who may mount, in CIDR notation: the network's subnet. */
  readonly subnet: string
  /** The server's address on the network. Volumes hold it, so it never changes. */
  readonly address: string
  readonly signal: AbortSignal
  /** Told what is being waited for. */
  readonly progress?: (line: string) => void
}

/** A server that answers NFS calls. */
export interface RunningNfsServer {
  readonly address: string
  readonly exportPath: string
}

export interface NfsServerStatus {
  /** `unhealthy`: the container runs, the server in it does not answer. */
  readonly state: 'absent' | 'stopped' | 'unhealthy' | 'running'
  readonly address?: string
}

const READY_TIMEOUT_MS = 30_000
const READY_INTERVAL_MS = 100

/**
 * Makes sure that the environment's NFS server runs and answers. A running one is kept, a stopped or paused one is started,
 * one that does not answer or was made from another definition is replaced; the exported files are kept in every case.
 * @throws {StatelabError} `image-failed`, `operation-failed`, `timed-out`; the signal's reason.
 */
export async function ensureNfsServer(env: Environment, options: EnsureNfsServerOptions): Promise<RunningNfsServer> {
  const { runner, image, network, address, subnet, signal } = options
  const imageId = await imageIdOf(runner, image, signal)
  const definition = defineNfsServer(env, { image, imageId, network, address, clients: subnet })
  const found = await inspectNfsContainer(runner, env, signal)
  const reusable = found && found.definition === definition.labels[DEFINITION_LABEL]
  if (!(reusable && (await resume(env, found, options)))) {
    if (found) await removeContainer(runner, env, signal)
    await exportVolumeExists(runner, env, signal) // refuses a volume that is not ours
    await start(env, definition, options)
  }
  return { address, exportPath: EXPORT_PATH }
}

/** What there is of the environment's NFS server. Changes nothing. */
export async function readNfsServer(
  env: Environment,
  signal: AbortSignal,
  runner: CommandRunner = execaRunner,
): Promise<NfsServerStatus> {
  const found = await inspectNfsContainer(runner, env, signal)
  if (!found) return { state: 'absent' }
  const address = found.address === undefined ? {} : { address: found.address }
  if (found.status === 'restarting') return { state: 'unhealthy', ...address }
  if (found.status !== 'running') return { state: 'stopped', ...address }
  const { ready } = await answersNfs(runner, env, signal)
  return { state: ready ? 'running' : 'unhealthy', ...address }
}

/**
 * Removes the server and the exported files.
 * @returns false when there was neither.
 */
export async function removeNfsServer(
  env: Environment,
  signal: AbortSignal,
  runner: CommandRunner = execaRunner,
): Promise<boolean> {
  const [container, volume] = await Promise.all([
    inspectNfsContainer(runner, env, signal),
    exportVolumeExists(runner, env, signal),
  ])
  if (container) await removeContainer(runner, env, signal)
  if (volume) await runner.run('docker', ['volume', 'rm', '--force', env.nfsVolume], { signal })
  return volume || container !== undefined
}

/** @returns false when the container cannot be brought to answer. */
async function resume(env: Environment, found: FoundContainer, options: EnsureNfsServerOptions): Promise<boolean> {
  const { runner, signal } = options
  const command = found.status === 'paused' ? 'unpause' : found.status === 'running' ? undefined : 'start'
  if (command) {
    const { exitCode } = await runner.run('docker', [command, env.nfsContainer], { signal, allow: 'any' })
    if (exitCode !== 0) return false
    await untilReady(env, options)
    return true
  }
  return (await answersNfs(runner, env, signal)).ready
}

async function untilReady(env: Environment, { runner, signal, progress }: EnsureNfsServerOptions): Promise<void> {
  await poll(
    async (limit) => {
      const { ready, said } = await answersNfs(runner, env, limit)
      return ready ? { value: true, seen: 'it answers' } : { seen: said || 'no answer' }
    },
    {
      what: `NFS server ${env.nfsContainer} answers`,
      intervalMs: READY_INTERVAL_MS,
      timeoutMs: READY_TIMEOUT_MS,
      signal,
      ...(progress && { onSeen: progress }),
    },
  )
}

async function start(
  env: Environment,
  definition: NfsServerDefinition,
  { runner, signal }: EnsureNfsServerOptions,
): Promise<void> {
  signal.throwIfAborted()
  // testcontainers takes no signal; a wait for a container that is gone ends by itself.
  const stop = (): void => void removeContainer(runner, env, cleanupSignal()).catch(() => {})
  signal.addEventListener('abort', stop, { once: true })
  try {
    await new NfsServerContainer(definition).start()
  } catch (error) {
    signal.throwIfAborted()
    const failure = startFailure(definition, error, await lastLog(runner, env))
    throw await withCleanup(failure, () => removeContainer(runner, env, cleanupSignal()))
  } finally {
    signal.removeEventListener('abort', stop)
    if (signal.aborted) await removeContainer(runner, env, cleanupSignal())
  }
  signal.throwIfAborted()
}

async function lastLog(runner: CommandRunner, env: Environment): Promise<string> {
  const args = ['logs', '--tail', '5', env.nfsContainer]
  const { exitCode, stdout, stderr } = await runner.run('docker', args, { signal: cleanupSignal(), allow: 'any' })
  return exitCode === 0 ? `${stdout}${stderr}`.trim() : ''
}

/** The volume is named and stays; `--volumes` is for anonymous ones. */
async function removeContainer(runner: CommandRunner, env: Environment, signal: AbortSignal): Promise<void> {
  await runner.run('docker', ['rm', '--force', '--volumes', env.nfsContainer], { signal, allow: 'any' })
  await poll(
    async (limit) => {
      const found = await inspectNfsContainer(runner, env, limit)
      return found ? { seen: `it is ${found.status}` } : { value: true, seen: 'it is gone' }
    },
    { what: `container ${env.nfsContainer} is removed`, intervalMs: READY_INTERVAL_MS, timeoutMs: READY_TIMEOUT_MS, signal },
  )
}

/** @returns the failure, with the cleanup's own beside it when that failed as well. */
async function withCleanup(failure: Error, cleanup: () => Promise<void>): Promise<Error> {
  try {
    await cleanup()
    return failure
  } catch (error) {
    return new AggregateError([failure, error], failure.message)
  }
}
