import { KubernetesError } from './kubernetes-error.ts'
import type { Transport } from './transport.ts'

interface Resource {
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
}

export interface Resources {
  /** The URL path of a kind's collection, or of one object when `name` is given. */
  pathOf(
    of: { readonly apiVersion: string; readonly kind: string; readonly namespace?: string | undefined; readonly name?: string },
    signal: AbortSignal,
  ): Promise<string>
  isNamespaced(apiVersion: string, kind: string, signal: AbortSignal): Promise<boolean>
}

/** Learns from the API how kinds are named in URLs: one request for each API group, in the life of a connection. */
export function createResources(transport: Transport): Resources {
  const groups = new Map<string, Promise<readonly Resource[]>>()

  const load = (apiVersion: string, signal: AbortSignal): Promise<readonly Resource[]> => {
    const known = groups.get(apiVersion)
    if (known) return known
    const loading = transport
      .json<{ resources: Resource[] }>({ method: 'GET', path: rootOf(apiVersion), signal })
      .then(({ resources }) => resources.filter(({ name }) => !name.includes('/')))
    groups.set(apiVersion, loading)
    loading.catch(() => groups.delete(apiVersion))
    return loading
  }

  const find = async (apiVersion: string, kind: string, signal: AbortSignal): Promise<Resource> => {
    const seen = groups.has(apiVersion)
    let found = (await load(apiVersion, signal)).find((resource) => resource.kind === kind)
    if (!found && seen) {
      // A CustomResourceDefinition may have been added since.
      groups.delete(apiVersion)
      found = (await load(apiVersion, signal)).find((resource) => resource.kind === kind)
    }
    if (!found) throw new KubernetesError(`the cluster has no kind ${kind} in ${apiVersion}`, { status: 404 })
    return found
  }

  return {
    async pathOf({ apiVersion, kind, namespace, name }, signal) {
      const resource = await find(apiVersion, kind, signal)
      const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
      const object = name === undefined ? '' : `/${encodeURIComponent(name)}`
      return `${rootOf(apiVersion)}${scope}/${resource.name}${object}`
    },
    isNamespaced: async (apiVersion, kind, signal) => (await find(apiVersion, kind, signal)).namespaced,
  }
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}
