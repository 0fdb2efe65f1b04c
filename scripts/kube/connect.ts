import type { Exec, KubernetesListObject, KubernetesObject, V1Pod } from '@kubernetes/client-node'
import { execInPod } from './exec-in-pod.ts'
import type { Kube, ObjectQuery } from './kube.ts'
import { isNotFound, KubernetesError } from './kubernetes-error.ts'
import { createResources, type Resources } from './resources.ts'
import { createTransport, type Transport } from './transport.ts'
import { watchObjects } from './watch-objects.ts'

/** The field manager of everything statelab applies. */
const FIELD_MANAGER = 'statelab'

/**
 * Connects to the cluster of a kubeconfig file. Nothing is read before the first call.
 * @param kubeconfig path of the file; only its current context is used.
 */
export function connect(kubeconfig: string): Kube {
  let opened: Promise<Connection> | undefined
  const connection = (): Promise<Connection> => {
    opened ??= openConnection(kubeconfig)
    opened.catch(() => (opened = undefined))
    return opened
  }

  const kube: Kube = {
    async get<T extends KubernetesObject>(ref: Parameters<Kube['get']>[0], signal: AbortSignal) {
      const { transport, resources } = await connection()
      const path = await resources.pathOf(ref, signal)
      return transport.json<T>({ method: 'GET', path, signal }).catch(undefinedWhenMissing)
    },
    async list<T extends KubernetesObject>(query: ObjectQuery, signal: AbortSignal) {
      const { transport, resources } = await connection()
      const path = await resources.pathOf(query, signal)
      return (await transport.json<KubernetesListObject<T>>({ method: 'GET', path, query: selectorsOf(query), signal })).items
    },
    async *watch<T extends KubernetesObject>(query: ObjectQuery, signal: AbortSignal) {
      const { transport, resources } = await connection()
      const path = await resources.pathOf(query, signal)
      yield* watchObjects<T>({ transport, path, query: selectorsOf(query), signal })
    },
    async apply(objects, { namespace, dryRun, signal }) {
      const { transport, resources } = await connection()
      for (const object of objects) await applyObject(object, { transport, resources, namespace, dryRun, signal })
    },
    async patch(ref, patch, signal) {
      const { transport, resources } = await connection()
      const body = { type: 'application/merge-patch+json', content: JSON.stringify(patch) }
      await transport.text({
        method: 'PATCH',
        path: await resources.pathOf(ref, signal),
        query: { fieldManager: FIELD_MANAGER },
        body,
        signal,
      })
    },
    async delete(ref, { gracePeriodSeconds, orphan, signal }) {
      const { transport, resources } = await connection()
      const path = await resources.pathOf(ref, signal)
      const query = { propagationPolicy: orphan ? 'Orphan' : 'Background', gracePeriodSeconds: gracePeriodSeconds?.toString() }
      await transport.text({ method: 'DELETE', path, query, signal }).catch(undefinedWhenMissing)
    },
    async exec(pod, command, options) {
      const { exec } = await connection()
      const container =
        pod.container ??
        (await firstContainer(await kube.get<V1Pod>({ apiVersion: 'v1', kind: 'Pod', ...pod }, options.signal), pod))
      return execInPod(exec, { ...pod, container }, command, options)
    },
    async logs({ namespace, name, container, tailLines }, signal) {
      const { transport } = await connection()
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/log`
      return transport.text({ method: 'GET', path, query: { container, tailLines: tailLines?.toString() }, signal })
    },
    async version(signal) {
      const { transport } = await connection()
      return (await transport.json<{ gitVersion: string }>({ method: 'GET', path: '/version', signal })).gitVersion
    },
  }
  return kube
}

interface Connection {
  readonly transport: Transport
  readonly resources: Resources
  readonly exec: Exec
}

async function openConnection(kubeconfig: string): Promise<Connection> {
  // Loading client-node takes most of a second: commands that never ask the API should not pay for it.
  const { Exec, KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  try {
    config.loadFromFile(kubeconfig)
  } catch (error) {
    throw new KubernetesError(`cannot read the kubeconfig ${kubeconfig}`, { cause: error })
  }
  const transport = await createTransport(config)
  return { transport, resources: createResources(transport), exec: new Exec(config) }
}

interface ApplyTarget {
  readonly transport: Transport
  readonly resources: Resources
  readonly namespace: string | undefined
  readonly dryRun: boolean | undefined
  readonly signal: AbortSignal
}

async function applyObject(object: KubernetesObject, target: ApplyTarget): Promise<void> {
  const { transport, resources, namespace, dryRun, signal } = target
  const { apiVersion, kind, metadata } = object
  if (!apiVersion || !kind || !metadata?.name)
    throw new KubernetesError('an object to apply needs apiVersion, kind and metadata.name')
  const into = metadata.namespace ?? namespace ?? 'default'
  const scope = (await resources.isNamespaced(apiVersion, kind, signal)) ? { namespace: into } : {}
  const path = await resources.pathOf({ apiVersion, kind, name: metadata.name, ...scope }, signal)
  // JSON is YAML; `force` takes fields over from whoever changed them before, as a repeated `up` or `start` must.
  const body = {
    type: 'application/apply-patch+yaml',
    content: JSON.stringify({ ...object, metadata: { ...metadata, ...scope } }),
  }
  const query = { fieldManager: FIELD_MANAGER, force: 'true', ...(dryRun && { dryRun: 'All' }) }
  await transport.text({ method: 'PATCH', path, query, body, signal })
}

function selectorsOf({ labelSelector, fieldSelector }: ObjectQuery): Record<string, string | undefined> {
  return { labelSelector, fieldSelector }
}

function undefinedWhenMissing(error: unknown): undefined {
  if (isNotFound(error)) return undefined
  throw error
}

async function firstContainer(pod: V1Pod | undefined, { namespace, name }: { namespace: string; name: string }): Promise<string> {
  const container = pod?.spec?.containers[0]?.name
  if (container === undefined) throw new KubernetesError(`there is no Pod ${namespace}/${name}`, { status: 404 })
  return container
}
