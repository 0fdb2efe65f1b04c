import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseDocument } from 'yaml'
import type { Environment } from '../environment.ts'
import { poll } from '../wait/poll.ts'
import type { KindOptions } from './kind.ts'
import type { NodeContainer } from './nodes.ts'

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

/**
 * Whether the environment's kubeconfig leads to its own control plane. The file may be missing, of an earlier cluster, or
 * overwritten with that of somebody else's: nothing may be read or changed through it then.
 */
export async function leadsToOwnCluster(env: Environment, nodes: readonly NodeContainer[]): Promise<boolean> {
  const port = nodes.find(({ role }) => role === 'control-plane')?.apiPort
  const text = await readFile(env.kubeconfig, 'utf8').catch(() => '')
  return port !== undefined && serverOf(text) === `https://127.0.0.1:${port}`
}

/** A file that is no YAML leads nowhere; it is no more of an error than one that is missing. */
function serverOf(kubeconfig: string): string | undefined {
  const config = parseDocument(kubeconfig).toJS() as { clusters?: readonly { cluster?: { server?: string } }[] } | null
  return config?.clusters?.[0]?.cluster?.server
}
