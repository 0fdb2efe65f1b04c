import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Environment } from '../environment.ts'
import type { CommandRunner } from '../process/command-runner.ts'
import { poll } from '../wait/poll.ts'

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

/**
 * Waits until the control plane has its credentials, and writes the kubeconfig (mode 0600). That is long before kind
 * does: what needs the API only does not wait for the other nodes.
 */
export async function fetchKubeconfig(env: Environment, { runner, kind, signal, progress }: KindOptions): Promise<void> {
  const kubeconfig = await poll(
    async (within) => {
      const result = await runner.run(kind, ['get', 'kubeconfig', '--name', env.cluster], { signal: within, allow: 'any' })
      return result.exitCode === 0 ? { value: result.stdout, seen: '' } : { seen: 'kubeadm has not written its credentials yet' }
    },
    { what: 'the control plane has its credentials', intervalMs: 300, timeoutMs: 180_000, signal, onSeen: progress },
  )
  await writeKubeconfig(env.kubeconfig, kubeconfig)
}

async function writeKubeconfig(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, `${text}\n`, { mode: 0o600 })
  // `mode` counts for a new file only.
  await chmod(file, 0o600)
}
