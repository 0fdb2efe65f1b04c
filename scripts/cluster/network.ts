import { ENVIRONMENT_LABEL, type Environment } from '../environment.ts'
import { StatelabError } from '../errors.ts'
import { CommandFailedError, type CommandRunner } from '../process/command-runner.ts'

export interface ClusterNetwork {
  /** CIDR of the whole network. */
  readonly subnet: string
  /** The address that the NFS server has for as long as the network exists: volumes hold it. */
  readonly nfsAddress: string
}

/**
 * Makes the environment's own Docker network, or finds it. Docker gives fixed addresses only in a network whose subnet
 * was chosen by its creator, so the first subnet that overlaps nothing here is taken.
 * @param labels given to a network that is made, beside the environment's own.
 */
export async function ensureNetwork(
  runner: CommandRunner,
  env: Environment,
  { labels = {}, signal }: { labels?: Readonly<Record<string, string>>; signal: AbortSignal },
): Promise<ClusterNetwork> {
  const own = Object.entries({ [ENVIRONMENT_LABEL]: env.name, ...labels }).flatMap(([key, value]) => [
    '--label',
    `${key}=${value}`,
  ])
  const existing = await readNetwork(runner, env, signal)
  if (existing) return existing
  for (const prefix of PREFIXES) {
    const subnet = `${prefix}.0/24`
    // Nodes get addresses from the upper half; the lower half is for addresses that must not change.
    const range = ['--subnet', subnet, '--gateway', `${prefix}.1`, '--ip-range', `${prefix}.128/25`]
    const args = ['network', 'create', '--driver', 'bridge', ...own, ...range, env.network]
    try {
      await runner.run('docker', args, { signal })
      return { subnet, nfsAddress: `${prefix}.${NFS_HOST}` }
    } catch (error) {
      if (!(error instanceof CommandFailedError && /overlap/i.test(error.stderr))) throw error
    }
  }
  throw new StatelabError('operation-failed', `no free subnet for the network ${env.network}: ${PREFIXES.length} were tried`, {
    fix: 'docker network prune   # removes networks that nothing uses',
  })
}

/**
 * @returns `undefined` when there is no such network.
 * @throws {CommandFailedError} when Docker cannot say: `down` must not report a network gone that it could not see.
 */
export async function readNetwork(
  runner: CommandRunner,
  env: Environment,
  signal: AbortSignal,
): Promise<ClusterNetwork | undefined> {
  const args = ['network', 'inspect', '--format', '{{range .IPAM.Config}}{{println .Subnet}}{{end}}', env.network]
  try {
    const { stdout } = await runner.run('docker', args, { signal })
    const subnet = stdout.split('\n').find((line) => line.includes('.')) ?? ''
    return { subnet, nfsAddress: subnet.replace(/\.\d+\/\d+$/, `.${NFS_HOST}`) }
  } catch (error) {
    if (error instanceof CommandFailedError && /no such network|not found/i.test(error.stderr)) return undefined
    throw error
  }
}

/** @returns one label of the network; `undefined` when it has none, or is not there. */
export async function readNetworkLabel(
  runner: CommandRunner,
  env: Environment,
  label: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const args = ['network', 'inspect', '--format', `{{index .Labels "${label}"}}`, env.network]
  const { exitCode, stdout } = await runner.run('docker', args, { signal, allow: 'any' })
  const value = stdout.trim()
  return exitCode === 0 && value !== '' && value !== '<no value>' ? value : undefined
}

/** Removes the network; one that is not there is success. */
export async function removeNetwork(runner: CommandRunner, env: Environment, signal: AbortSignal): Promise<boolean> {
  if (!(await readNetwork(runner, env, signal))) return false
  await runner.run('docker', ['network', 'rm', env.network], { signal })
  return true
}

const NFS_HOST = 10

/** Private, and away from what home routers, Docker, kind's Pods (10.244) and Services (10.96) take. */
const PREFIXES = Array.from({ length: 32 }, (_, index) => `10.213.${index}`)
