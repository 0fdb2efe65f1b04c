import { ENVIRONMENT_LABEL, type Environment } from '../environment.ts'
import { StatelabError } from '../errors.ts'
import { CommandFailedError, type CommandRunner } from '../process/command-runner.ts'
import { READY_COMMAND } from './container.ts'
import { DEFINITION_LABEL } from './definition.ts'

/** The server's container as Docker knows it. */
export interface FoundContainer {
  readonly status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'
  readonly address: string | undefined
  readonly definition: string | undefined
}

/**
 * @returns undefined when there is no container of that name.
 * @throws {StatelabError} `operation-failed` when there is one that does not belong to the environment.
 */
export async function inspectNfsContainer(
  runner: CommandRunner,
  env: Environment,
  signal: AbortSignal,
): Promise<FoundContainer | undefined> {
  const container = await inspect<InspectedContainer>(runner, 'container', env.nfsContainer, signal)
  if (!container) return undefined
  assertOwned(env, 'container', env.nfsContainer, container.Config.Labels)
  const endpoint = container.NetworkSettings.Networks[env.network] ?? Object.values(container.NetworkSettings.Networks)[0]
  return {
    status: container.State.Status,
    address: endpoint?.IPAMConfig?.IPv4Address || endpoint?.IPAddress || undefined,
    definition: container.Config.Labels?.[DEFINITION_LABEL],
  }
}

/** @returns whether the export's volume exists. @throws as inspectNfsContainer. */
export async function exportVolumeExists(runner: CommandRunner, env: Environment, signal: AbortSignal): Promise<boolean> {
  const volume = await inspect<{ Labels: Labels }>(runner, 'volume', env.nfsVolume, signal)
  if (!volume) return false
  assertOwned(env, 'volume', env.nfsVolume, volume.Labels)
  return true
}

/** @throws {StatelabError} `image-failed` when the image is not on this machine. */
export async function imageIdOf(runner: CommandRunner, image: string, signal: AbortSignal): Promise<string> {
  const found = await inspect<{ Id: string }>(runner, 'image', image, signal)
  if (!found)
    throw new StatelabError('image-failed', `the NFS server's image ${image} is not on this machine`, { fix: 'statelab up' })
  return found.Id
}

/** Whether the server answers NFS calls, and what it said when it does not. */
export async function answersNfs(
  runner: CommandRunner,
  env: Environment,
  signal: AbortSignal,
): Promise<{ readonly ready: boolean; readonly said: string }> {
  const { exitCode, stdout, stderr } = await runner.run('docker', ['exec', env.nfsContainer, READY_COMMAND], {
    signal,
    allow: 'any',
  })
  return { ready: exitCode === 0, said: (stderr || stdout).trim() }
}

interface InspectedContainer {
  readonly State: { readonly Status: FoundContainer['status'] }
  readonly Config: { readonly Labels: Labels }
  readonly NetworkSettings: {
    readonly Networks: Record<
      string,
      { readonly IPAddress?: string; readonly IPAMConfig?: { readonly IPv4Address?: string } | null }
    >
  }
}

type Labels = Readonly<Record<string, string>> | null

async function inspect<T>(
  runner: CommandRunner,
  kind: 'container' | 'volume' | 'image',
  name: string,
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    const { stdout } = await runner.run('docker', [kind, 'inspect', '--format', '{{json .}}', name], { signal })
    return JSON.parse(stdout) as T
  } catch (error) {
    if (error instanceof CommandFailedError && /no such (container|volume|image|object)/i.test(error.stderr)) return undefined
    throw error
  }
}

function assertOwned(env: Environment, kind: string, name: string, labels: Labels): void {
  if (labels?.[ENVIRONMENT_LABEL] === env.name) return
  throw new StatelabError(
    'operation-failed',
    `the Docker ${kind} ${name} exists and does not belong to environment ${env.name}`,
    {
      fix: `rename or remove it, or choose another name with --name: docker ${kind} inspect ${name}`,
    },
  )
}
