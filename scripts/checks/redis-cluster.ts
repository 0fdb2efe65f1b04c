import { type Check, type CheckContext, say } from './check.ts'
import { withTimeout } from '../wait/deadline.ts'
import { formatDuration } from '../wait/duration.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { parseInfo, type RedisAnswer, redisCli } from './redis-cli.ts'

/** There are so many slots in every Redis Cluster. https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ */
const SLOTS = 16_384

/**
 * Several Redis are one cluster: each of them says that every slot is served, and each master has a replica.
 * @param options.masters how many of them have slots; where all have, there are no replicas to ask for.
 */
export function redisClusterServes(pods: readonly string[], { masters }: { readonly masters: number }): Check {
  const wanted = {
    cluster_state: 'ok',
    cluster_slots_ok: String(SLOTS),
    cluster_known_nodes: String(pods.length),
    cluster_size: String(masters),
  }
  const [first = ''] = pods
  return {
    id: `redis-cluster-serves/${first}/${masters}`,
    kind: 'observe',
    title: {
      en: `${pods.length} Redis are one cluster: ${SLOTS} slots on ${masters} masters${masters < pods.length ? ', each with a replica' : ''}`,
      zh: `${pods.length} 个 Redis 组成一个集群：${SLOTS} 个槽分布在 ${masters} 个主节点上${masters < pods.length ? '，每个都有从节点' : ''}`,
    },
    async run(context) {
      const facts = await Promise.all(
        pods.map(async (pod) => {
          const { answered, text, command } = await redisCli(context, pod, ['CLUSTER', 'INFO'])
          const info = parseInfo(text)
          const show = (value: (name: string) => string | undefined): string =>
            `${pod} ${Object.keys(wanted)
              .map((name) => `${name}:${value(name) ?? '-'}`)
              .join(' ')}`
          const seen = answered && info.size > 0 ? show((name) => info.get(name)) : `${pod} ${text}`
          return fact(
            show((name) => wanted[name as keyof typeof wanted]),
            seen,
            command,
          )
        }),
      )
      const replicated = masters < pods.length && facts.every(({ holds }) => holds)
      return conclude(context, 'Redis Cluster', replicated ? [...facts, await replicasFact(context, first)] : facts)
    },
  }
}

/**
 * Strings that are read through every node of a cluster, whichever node has them.
 * @param options.patienceMs how long a node may take. Default 10 s: one that has not heard of a move yet points to an
 *   address where nobody answers, not even with a no.
 */
export function redisClusterKeys(
  pods: readonly string[],
  pairs: Readonly<Record<string, string>>,
  options: { readonly patienceMs?: number } = {},
): Check {
  const { patienceMs = 10_000 } = options
  const wanted = Object.entries(pairs)
  const listed = wanted.map(([key, value]) => `${key} = "${value}"`).join(', ')
  return {
    id: `redis-cluster-keys/${Object.keys(pairs).join('+')}`,
    kind: 'observe',
    title: {
      en: `Every one of ${pods.length} nodes gives ${listed}`,
      zh: `从 ${pods.length} 个节点中的任何一个都能读到 ${listed}`,
    },
    async run(context) {
      const facts = await Promise.all(
        pods.map(async (pod): Promise<Fact> => {
          const seen: string[] = []
          let command = ''
          for (const [key] of wanted) {
            const answer = await askWithin(context, patienceMs, pod, ['-c', 'GET', key])
            seen.push(answer.answered ? `${key} = "${answer.text}"` : answer.text)
            command = answer.command
          }
          return fact(`${pod} ${listed}`, `${pod} ${seen.join(', ')}`, command)
        }),
      )
      return conclude(context, 'Redis Cluster', facts)
    },
  }
}

async function askWithin(context: CheckContext, patienceMs: number, pod: string, args: readonly string[]): Promise<RedisAnswer> {
  const limit = withTimeout(context.signal, patienceMs)
  try {
    return await redisCli({ ...context, signal: limit }, pod, args)
  } catch (error) {
    context.signal.throwIfAborted()
    if (!limit.aborted) throw error
    const patience = formatDuration(patienceMs)
    const text = say(context, { en: `no answer within ${patience}`, zh: `${patience} 内没有应答` })
    return { answered: false, text, command: kubectl(context, 'exec', pod, '--', 'redis-cli', ...args) }
  }
}

/** One node, as another sees it. */
export interface ClusterNode {
  readonly id: string
  /** The first label of its host name is its Pod. */
  readonly host: string
  readonly flags: readonly string[]
  /** The id of its master; `-` for a master. */
  readonly master: string
  readonly slots: number
}

/** What a node says of all nodes it knows. https://redis.io/docs/latest/commands/cluster-nodes/ */
export function parseClusterNodes(text: string): ClusterNode[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter((fields) => fields.length >= 8)
    .map(([id = '', address = '', flags = '', master = '-', , , , , ...ranges]) => ({
      id,
      host: address.split(',')[1] ?? '',
      flags: flags.split(','),
      master,
      slots: ranges.filter((range) => /^\d/.test(range)).reduce((sum, range) => sum + slotsIn(range), 0),
    }))
}

function slotsIn(range: string): number {
  const [from = 0, to = from] = range.split('-').map(Number)
  return to - from + 1
}

async function replicasFact(context: CheckContext, pod: string): Promise<Fact> {
  const { text, command } = await redisCli(context, pod, ['CLUSTER', 'NODES'])
  const nodes = parseClusterNodes(text)
  const masters = nodes.filter(({ slots }) => slots > 0)
  const well = nodes.filter(({ flags }) => !flags.some((flag) => flag.startsWith('fail')))
  const alone = masters.filter(({ id }) => !well.some(({ master }) => master === id))
  const expected = say(context, { en: 'a replica for every master', zh: '每个主节点都有从节点' })
  const lacking = alone.map(({ host, id }) => host.split('.')[0] || id).join(', ')
  const observed =
    masters.length > 0 && alone.length === 0 ? expected : say(context, { en: `none for ${lacking}`, zh: `${lacking} 没有从节点` })
  return fact(expected, observed, command)
}
