import type { V1Pod } from '@kubernetes/client-node'
import { explainPod } from '../kube/explain.ts'
import type { ExecResult } from '../kube/kube.ts'
import { KubernetesError, isUnreachable } from '../kube/kubernetes-error.ts'
import { type CheckContext, say } from './check.ts'
import { kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { passwordSources } from './redis-password-sources.ts'

/** What `redis-cli` in a Pod answered. */
export interface RedisAnswer {
  /** When true, `text` is the reply of Redis; else it says why there is none. */
  readonly answered: boolean
  readonly text: string
  /** The command that a person types for the same. */
  readonly command: string
}

/**
 * Asks the Redis in a Pod, as a learner does: with `redis-cli` in its first container. A Pod that cannot answer is a
 * result. Where Redis wants a password, that of the Pod's environment or Secret is used inside of the container: it is
 * neither read nor shown.
 */
export async function redisCli(context: CheckContext, pod: string, args: readonly string[]): Promise<RedisAnswer> {
  const { kube, namespace, signal } = context
  const found = await kube.get<V1Pod>(refOf('Pod', pod, namespace), signal)
  const plain = ['redis-cli', ...args]
  if (found?.status?.phase !== 'Running' || found.metadata?.deletionTimestamp) {
    const text = say(context, await explainPod(kube, { namespace, name: pod }, signal))
    return { answered: false, text, command: kubectl(context, 'exec', pod, '--', ...plain) }
  }
  const answer = await ask(context, pod, plain)
  if (!refusedForPassword(answer)) return answer
  for (const source of await passwordSources(context, found)) {
    const next = await ask(context, pod, ['sh', '-c', `REDISCLI_AUTH=${source} exec redis-cli "$@"`, 'redis-cli', ...args])
    if (!refusedForPassword(next)) return next
  }
  return answer
}

/** The `name:value` lines of `INFO`. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^([^#:\s][^:\n]*):(.*)$/gm)].map(([, name = '', value = '']) => [name, value.trim()]))
}

/** How findings name the Redis in a Pod. */
export function redisIn(context: CheckContext, pod: string): string {
  return say(context, { en: `Redis in ${pod}`, zh: `${pod} 里的 Redis` })
}

async function ask(context: CheckContext, pod: string, program: readonly string[]): Promise<RedisAnswer> {
  const { kube, namespace, signal } = context
  const command = kubectl(context, 'exec', pod, '--', ...program)
  try {
    return { ...textOf(await kube.exec({ namespace, name: pod }, program, { signal })), command }
  } catch (error) {
    // The Pod may end between the two requests, or its container may have no redis-cli: the API has answered, and it is a no.
    if (!(error instanceof KubernetesError) || isUnreachable(error)) throw error
    return { answered: false, text: error.message, command }
  }
}

function textOf({ exitCode, stdout, stderr }: ExecResult): Pick<RedisAnswer, 'answered' | 'text'> {
  const text = (stdout || stderr).replaceAll('\r', '').replace(/\n$/, '')
  return exitCode === 0 ? { answered: true, text } : { answered: false, text: text || `redis-cli exited with ${exitCode}` }
}

function refusedForPassword({ text }: RedisAnswer): boolean {
  return /^(NOAUTH|WRONGPASS|AUTH failed)/.test(text)
}
