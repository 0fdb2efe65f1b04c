import { listNodes } from '../cluster/nodes.ts'
import type { Environment } from '../environment.ts'
import { messageOf, StatelabError } from '../errors.ts'
import type { ImageSource } from '../images/source.ts'
import { runSteps } from '../steps/run-steps.ts'
import { cleanupSignal } from '../wait/deadline.ts'
import { removeEnvironment } from './down.ts'
import { lockEnvironment } from './lock.ts'
import type { Operation } from './parts.ts'
import { type EnvironmentStatus, isHealthy, readStatus } from './read-status.ts'
import { upPlan } from './up-plan.ts'

export interface UpOptions extends Operation {
  /** Asked for images only when something has to be made. */
  readonly source: () => Promise<ImageSource>
  /** All nodes, the control plane included. Default: 2. */
  readonly nodes?: number
}

const DEFAULT_NODES = 2

/** Removing a half-made environment takes seconds; a minute means that Docker itself hangs. */
const CLEANUP_MS = 60_000

/**
 * Makes an environment, or mends the one that is there: a healthy one is left alone, a paused one is started, the rest
 * of an `up` that was killed is replaced.
 * @returns the status afterwards.
 * @throws the first failure. An environment that did not exist before is removed again; the message says which.
 */
export async function up(env: Environment, options: UpOptions): Promise<EnvironmentStatus> {
  const { runner, signal, emit } = options
  await using _lock = await lockEnvironment(env)
  const before = await readStatus(env, runner, signal)
  if (isHealthy(before)) return before
  const provision = await (await options.source()).provide({ signal, emit })

  if (before.cluster.state === 'unfinished' || (await isUnusable(env, before, options))) {
    emit({ type: 'note', level: 'warning', text: `${env.name} was never finished: it is made anew` })
    await removeEnvironment(env, options)
  }
  const existing = await listNodes(runner, env.cluster, signal)
  const clusterExists = existing.length > 0
  const plan = {
    ...options,
    provision,
    nodes: clusterExists ? existing.length : (options.nodes ?? DEFAULT_NODES),
    cgroupVersion: await cgroupVersion(options),
    clusterExists,
  }
  try {
    await runSteps(upPlan(env, plan), { signal, emit })
  } catch (error) {
    throw clusterExists ? kept(env, error) : await removed(env, options, error)
  }
  return readStatus(env, runner, signal)
}

/** Containers of an `up` that was killed before kubeadm had written any credentials can only be replaced. */
async function isUnusable(env: Environment, { cluster }: EnvironmentStatus, { runner, signal }: UpOptions): Promise<boolean> {
  if (cluster.state === 'absent' || cluster.state === 'running' || cluster.state === 'degraded') return false
  const nodes = await listNodes(runner, env.cluster, signal)
  const controlPlane = nodes.find(({ role }) => role === 'control-plane')
  if (!controlPlane) return true
  // `docker cp` reads from stopped containers as well. The file is the last thing that kind itself puts on a node.
  const probe = ['cp', `${controlPlane.name}:/var/lib/kubelet/kubeadm-flags.env`, '-']
  return (await runner.run('docker', probe, { signal, allow: 'any' })).exitCode !== 0
}

async function cgroupVersion({ runner, signal }: UpOptions): Promise<1 | 2> {
  const { stdout } = await runner.run('docker', ['info', '--format', '{{.CgroupVersion}}'], { signal })
  return stdout.trim() === '1' ? 1 : 2
}

function kept(env: Environment, cause: unknown): unknown {
  if (!(cause instanceof StatelabError)) return cause
  return new StatelabError(cause.code, `${cause.message}\nThe environment ${env.name} was kept as it is.`, {
    cause,
    fix: cause.fix ?? `statelab logs --name ${env.name}   # or begin anew: statelab down --name ${env.name}`,
  })
}

async function removed(env: Environment, options: UpOptions, cause: unknown): Promise<unknown> {
  const ending = await removeEnvironment(env, { ...options, signal: cleanupSignal(CLEANUP_MS) }).then(
    () => `Nothing of the environment ${env.name} is left.`,
    (error: unknown) => `Cleaning up failed as well: ${messageOf(error)}`,
  )
  if (!(cause instanceof StatelabError)) return cause
  return new StatelabError(cause.code, `${cause.message}\n${ending}`, { cause, ...(cause.fix !== undefined && { fix: cause.fix }) })
}
