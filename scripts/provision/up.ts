import { listNodes } from '../cluster/nodes.ts'
import type { Environment } from '../environment.ts'
import { badInput, messageOf, StatelabError } from '../errors.ts'
import { assertSameSource } from '../images/choose-source.ts'
import type { ImageSource, SourceName } from '../images/source.ts'
import { runSteps } from '../steps/run-steps.ts'
import { cleanupSignal } from '../wait/deadline.ts'
import { removeEnvironment } from './down.ts'
import { lockEnvironment } from './lock.ts'
import { readMadeFrom } from './made-from.ts'
import type { Operation } from './parts.ts'
import { type EnvironmentStatus, isHealthy, readStatus } from './read-status.ts'
import { upPlan } from './up-plan.ts'

export interface UpOptions extends Operation {
  /**
   * Asked for images only when something has to be made. It is told what the environment that is there was made from;
   * `undefined` when it is made anew.
   */
  readonly source: (madeFrom: SourceName | undefined) => Promise<ImageSource>
  /** The source that it must have been made from; any when left out. */
  readonly madeFrom?: SourceName | undefined
  /** All nodes, the control plane included. Default: 2. */
  readonly nodes?: number
  /** The version that it must have, such as `v1.36.1`; any when left out. */
  readonly kubernetes?: string | undefined
}

/** What `up` is put together from. */
export interface UpParts {
  readonly readStatus: typeof readStatus
  readonly plan: typeof upPlan
  readonly remove: typeof removeEnvironment
}

const PARTS: UpParts = { readStatus, plan: upPlan, remove: removeEnvironment }

const DEFAULT_NODES = 2

/** Removing a half-made environment takes seconds; a minute means that Docker itself hangs. */
const CLEANUP_MS = 60_000

/**
 * Makes an environment, or mends the one that is there: a healthy one is left alone, a paused one is started, the rest
 * of an `up` that was killed is replaced.
 * @returns the status afterwards.
 * @throws the first failure. An environment that did not exist before is removed again; the message says which.
 */
export async function up(env: Environment, options: UpOptions, parts: UpParts = PARTS): Promise<EnvironmentStatus> {
  const { runner, signal, emit } = options
  await using _lock = await lockEnvironment(env)
  const before = await parts.readStatus(env, runner, signal)
  assertVersion(env, before, options.kubernetes)
  if (isHealthy(before)) {
    if (options.madeFrom !== undefined) assertSameSource(options.madeFrom, await readMadeFrom(env, runner, signal))
    return before
  }
  const mustGo = before.cluster.state === 'unfinished' || (await isUnusable(env, before, options))
  const isAnew = mustGo || before.cluster.state === 'absent'
  const source = await options.source(isAnew ? undefined : await readMadeFrom(env, runner, signal))
  const provision = await source.provide({ signal, emit })

  if (mustGo) {
    emit({ type: 'note', level: 'warning', text: `${env.name} was never finished: it is made anew` })
    await parts.remove(env, options)
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
    await runSteps(parts.plan(env, plan), { signal, emit })
  } catch (error) {
    if (!clusterExists) throw withEnding(error, await removed(env, options, parts))
    const logs = `statelab logs --name ${env.name}   # or begin anew: statelab down --name ${env.name}`
    throw withEnding(error, `The environment ${env.name} was kept as it is.`, logs)
  }
  return parts.readStatus(env, runner, signal)
}

/** An environment keeps its version for life; one that was never finished is made anew anyway. */
function assertVersion(env: Environment, { cluster }: EnvironmentStatus, wanted: string | undefined): void {
  if (wanted === undefined || cluster.state === 'unfinished' || ['', wanted].includes(cluster.kubernetes)) return
  throw badInput(
    `environment ${env.name} runs Kubernetes ${cluster.kubernetes}, not ${wanted}`,
    `remove it first (statelab down --name ${env.name}), or make another with --name`,
  )
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

/** Removes what a failed `up` had begun. @returns a sentence on what became of it. */
async function removed(env: Environment, options: UpOptions, parts: UpParts): Promise<string> {
  try {
    await parts.remove(env, { ...options, signal: cleanupSignal(CLEANUP_MS) })
    return `Nothing of the environment ${env.name} is left.`
  } catch (error) {
    return `Cleaning up failed as well: ${messageOf(error)}`
  }
}

/** The failure, with what became of the environment. */
function withEnding(cause: unknown, ending: string, otherwise?: string): unknown {
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause
  if (!(first instanceof StatelabError)) return cause
  const fix = first.fix ?? otherwise
  return new StatelabError(first.code, `${first.message}\n${ending}`, { cause, ...(fix !== undefined && { fix }) })
}
