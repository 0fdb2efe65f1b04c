import { mkdir } from 'node:fs/promises'
import type { Environment } from '../environment.ts'
import type { CommandRunner } from '../process/command-runner.ts'

export interface KindOptions {
  readonly runner: CommandRunner
  /** Path of the kind program. */
  readonly kind: string
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/**
 * Creates the cluster. Returns when all nodes have joined; they need not be Ready yet.
 * @param config kind's configuration, as YAML.
 */
export async function createCluster(
  env: Environment,
  config: string,
  { runner, kind, signal, progress }: KindOptions,
): Promise<void> {
  await mkdir(env.folder, { recursive: true, mode: 0o700 })
  // `--retain`: what is removed after a failure is decided in one place, by the command that called. kind writes its
  // kubeconfig into our file only.
  const args = ['create', 'cluster', '--name', env.cluster, '--config', '-', '--kubeconfig', env.kubeconfig, '--retain']
  await runner.run(kind, args, {
    signal,
    input: config,
    env: { KIND_EXPERIMENTAL_DOCKER_NETWORK: env.network },
    onLine: (line) => {
      // kind marks its lines with signs and pictures; a line of nothing else says nothing.
      const said = line.replace(/^[^\p{L}]+/u, '')
      if (said !== '') progress(said)
    },
  })
}
