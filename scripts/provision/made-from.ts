import { readNetworkLabel } from '../cluster/network.ts'
import type { Environment } from '../environment.ts'
import { SOURCE_NAMES, type SourceName } from '../images/source.ts'
import type { CommandRunner } from '../process/command-runner.ts'

/** The environment's network carries it: it can be read while nothing of the environment runs. */
export const SOURCE_LABEL = 'dev.statelab.source'

/** The image source that an environment was made from. Before there was the label there was one source only. */
export async function readMadeFrom(env: Environment, runner: CommandRunner, signal: AbortSignal): Promise<SourceName> {
  const label = await readNetworkLabel(runner, env, SOURCE_LABEL, signal)
  return SOURCE_NAMES.find((name) => name === label) ?? 'packages'
}

/** Removes a network that carries the name of another source, unless something is still attached to it. */
export async function dropNetworkOfOther(
  env: Environment,
  { runner, source, signal }: { readonly runner: CommandRunner; readonly source: SourceName; readonly signal: AbortSignal },
): Promise<void> {
  const label = await readNetworkLabel(runner, env, SOURCE_LABEL, signal)
  if (label === undefined || label === source) return
  await runner.run('docker', ['network', 'rm', env.network], { signal, allow: 'any' })
}
