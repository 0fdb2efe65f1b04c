import type { V1Pod } from '@kubernetes/client-node'
import { explainPod } from '../kube/describe.ts'
import { KubernetesError, isUnreachable } from '../kube/kubernetes-error.ts'
import type { CheckContext } from './check.ts'
import { kubectl } from './facts.ts'
import { refOf } from './kinds.ts'

/** What `redis-cli` in a Pod answered. */
export interface RedisAnswer {
  /** When true, `text` is the reply of Redis; else it says why there is none. */
  readonly answered: boolean
  readonly text: string
  /** The command that a person types for the same. */
  readonly command: string
}

/** Asks the Redis in a Pod, as a learner does: with `redis-cli` in its first container. A Pod that cannot answer is a result. */
export async function redisCli(context: CheckContext, pod: string, args: readonly string[]): Promise<RedisAnswer> {
  const { kube, namespace, signal } = context
  const command = kubectl(context, 'exec', pod, '--', 'redis-cli', ...args)
  const found = await kube.get<V1Pod>(refOf('Pod', pod, namespace), signal)
  if (found?.status?.phase !== 'Running' || found.metadata?.deletionTimestamp) {
    return { answered: false, text: await explainPod(kube, { namespace, name: pod }, signal), command }
  }
  try {
    const result = await kube.exec({ namespace, name: pod }, ['redis-cli', ...args], { signal })
    const text = (result.stdout || result.stderr).replaceAll('\r', '').replace(/\n$/, '')
    if (result.exitCode === 0) return { answered: true, text, command }
    return { answered: false, text: text || `redis-cli exited with ${result.exitCode}`, command }
  } catch (error) {
    // The Pod may end between the two requests, or its container may have no redis-cli: the API has answered, and it is a no.
    if (!(error instanceof KubernetesError) || isUnreachable(error)) throw error
    return { answered: false, text: error.message, command }
  }
}

/** The `name:value` lines of `INFO`. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^([^#:\s][^:\n]*):(.*)$/gm)].map(([, name = '', value = '']) => [name, value.trim()]))
}
