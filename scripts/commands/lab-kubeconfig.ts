import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { Environment } from '../environment.ts'
import { messageOf, StatelabError } from '../errors.ts'

interface KubeconfigFile {
  readonly 'current-context': string
  readonly contexts: readonly { readonly name: string; readonly context: Readonly<Record<string, unknown>> }[]
}

/**
 * Writes the environment's kubeconfig once more with a namespace chosen, so that plain `kubectl get pods` shows a lab.
 * @returns the path of the file (mode 0600), which `down` removes with the environment's folder.
 */
export async function writeLabKubeconfig({ folder, kubeconfig }: Environment, namespace: string): Promise<string> {
  try {
    const config = parse(await readFile(kubeconfig, 'utf8')) as KubeconfigFile
    const contexts = config.contexts.map((each) =>
      each.name === config['current-context'] ? { ...each, context: { ...each.context, namespace } } : each,
    )
    const path = join(folder, `kubeconfig-${namespace}`)
    await writeFile(`${path}.new`, stringify({ ...config, contexts }), { mode: 0o600 })
    await rename(`${path}.new`, path)
    return path
  } catch (cause) {
    throw new StatelabError('operation-failed', `cannot make a kubeconfig for namespace ${namespace}: ${messageOf(cause)}`, {
      cause,
    })
  }
}
