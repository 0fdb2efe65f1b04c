import type { V1Container, V1Pod, V1Secret } from '@kubernetes/client-node'
import type { CheckContext } from './check.ts'
import { refOf } from './kinds.ts'

/**
 * Where a Pod's first container may have the password of its Redis: each as an expression that a shell in the container
 * replaces by it. Most likely ones first.
 */
export async function passwordSources(context: CheckContext, pod: V1Pod): Promise<string[]> {
  const [container] = pod.spec?.containers ?? []
  if (!container) return []
  const names = [...variablesOf(container), ...(await variablesOfSecrets(context, container))]
  const variables = [...new Set(names)].map((name) => `"$${name}"`)
  const files = (await filesOf(context, pod, container)).map((file) => `"$(cat '${file}')"`)
  return [...variables, ...files]
}

/** What a password is called in an environment. */
const PASSWORD = /pass|auth|secret/i
const VARIABLE = /^\w+$/

function variablesOf({ env = [] }: V1Container): string[] {
  const secret = env.filter(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined)
  const literal = env.filter(({ name, value }) => value !== undefined && PASSWORD.test(name))
  return [...secret, ...literal].map(({ name }) => name).filter((name) => VARIABLE.test(name))
}

async function variablesOfSecrets(context: CheckContext, { envFrom = [] }: V1Container): Promise<string[]> {
  const names: string[] = []
  for (const { secretRef, prefix = '' } of envFrom) {
    if (!secretRef?.name) continue
    for (const key of await keysOf(context, secretRef.name)) if (PASSWORD.test(key)) names.push(`${prefix}${key}`)
  }
  return names.filter((name) => VARIABLE.test(name))
}

async function filesOf(context: CheckContext, { spec }: V1Pod, { volumeMounts = [] }: V1Container): Promise<string[]> {
  const files: string[] = []
  for (const { name, mountPath, subPath } of volumeMounts) {
    const secret = spec?.volumes?.find((volume) => volume.name === name)?.secret
    if (!secret?.secretName) continue
    if (subPath) files.push(mountPath)
    else {
      const paths = secret.items?.map(({ path }) => path) ?? (await keysOf(context, secret.secretName))
      files.push(...paths.map((path) => `${mountPath}/${path}`))
    }
  }
  return files.filter((file) => !file.includes("'"))
}

async function keysOf({ kube, namespace, signal }: CheckContext, secret: string): Promise<string[]> {
  return Object.keys((await kube.get<V1Secret>(refOf('Secret', secret, namespace), signal))?.data ?? {})
}
