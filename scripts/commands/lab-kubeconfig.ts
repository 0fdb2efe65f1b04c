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
export async function writeLabKubeconfig(environment: Environment, namespace: string): Promise<string> {
  const content = await labKubeconfig(environment, namespace)
  const path = join(environment.folder, `kubeconfig-${namespace}`)
  try {
    await writeFile(`${path}.new`, content, { mode: 0o600 })
    await rename(`${path}.new`, path)
    return path
  } catch (cause) {
    throw cannotMake(namespace, cause)
  }
}

/** The environment's kubeconfig, with a namespace chosen. */
export async function labKubeconfig({ kubeconfig }: Environment, namespace: string): Promise<string> {
  try {
    const config = parse(await readFile(kubeconfig, 'utf8')) as KubeconfigFile
    const contexts = config.contexts.map((each) =>
      each.name === config['current-context'] ? { ...each, context: { ...each.context, namespace } } : each,
    )
    return stringify({ ...config, contexts })
  } catch (cause) {
    throw cannotMake(namespace, cause)
  }
}

function cannotMake(namespace: string, cause: unknown): StatelabError {
  const why = messageOf(cause)
  const message = {
    en: `cannot make a kubeconfig for namespace ${namespace}: ${why}`,
    zh: `无法为命名空间 ${namespace} 生成 kubeconfig：${why}`,
  }
  return new StatelabError('operation-failed', message, { cause })
}
