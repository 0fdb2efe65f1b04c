import { isIP } from 'node:net'
import type { V1Pod } from '@kubernetes/client-node'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, type Fact, fact } from './facts.ts'
import { refOf } from './kinds.ts'
import { type RedisAnswer, redisCli } from './redis-cli.ts'

/** Some Redis and those who watch over them. */
export interface SentinelGroup {
  /** The name the sentinels have for the master: `mymaster`. */
  readonly master: string
  /** The Pods of the sentinels. */
  readonly sentinels: readonly string[]
  /** The Pods of the Redis. */
  readonly redis: readonly string[]
}

export const SENTINEL_PORT = '26379'

/** All sentinels know each other and every replica, call the same Redis the master, and know it by a name, as an IP does not last. */
export function sentinelsAgree(group: SentinelGroup): Check {
  const { sentinels, redis } = group
  const others = `num-other-sentinels:${sentinels.length - 1}`
  const replicas = `num-slaves:${redis.length - 1}`
  return {
    id: `sentinels-agree/${group.master}`,
    kind: 'observe',
    title: {
      en: `${sentinels.length} sentinels know each other, ${redis.length - 1} replicas, and agree on the master`,
      zh: `${sentinels.length} 个哨兵互相认识，知道 ${redis.length - 1} 个从节点，并且对主节点意见一致`,
    },
    async run(context) {
      const views = await Promise.all(sentinels.map((pod) => viewOf(context, pod, group.master)))
      const facts: Fact[] = []
      for (const { pod, answer, fields } of views) {
        const about = (text: string): string => `${pod}: ${text}`
        if (fields.size === 0) {
          facts.push(fact(about(`master ${group.master}`), about(answer.text), answer.command))
          continue
        }
        const seen = (name: string): string => `${name}:${fields.get(name) ?? '-'}`
        const quorum = Number(fields.get('quorum'))
        facts.push(
          fact(about('flags:master'), about(seen('flags')), answer.command),
          fact(about(others), about(seen('num-other-sentinels')), answer.command),
          fact(about(replicas), about(seen('num-slaves')), answer.command),
          fact(
            about(say(context, { en: 'a quorum of at least 2', zh: 'quorum 至少为 2' })),
            about(seen('quorum')),
            answer.command,
            quorum >= 2 && quorum <= sentinels.length,
          ),
        )
      }
      const names = [...new Set(views.map(({ fields }) => fields.get('ip') ?? '-'))]
      const [name = '-'] = names
      facts.push(
        fact(
          say(context, { en: 'one master, known by its name', zh: '同一个主节点，用名字指代' }),
          names.join(', '),
          views[0]?.answer.command ?? '',
          names.length === 1 && isIP(name) === 0 && redis.includes(podOfName(name)),
        ),
      )
      return conclude(context, say(context, { en: 'Sentinels', zh: '哨兵' }), facts)
    },
  }
}

/** @returns the Pod that the sentinels call the master, asking one that answers; `undefined` while there is none. */
export async function masterByAny(context: CheckContext, group: SentinelGroup): Promise<string | undefined> {
  for (const sentinel of group.sentinels) {
    const { answered, text } = await redisCli(context, sentinel, [
      '-p',
      SENTINEL_PORT,
      'SENTINEL',
      'GET-MASTER-ADDR-BY-NAME',
      group.master,
    ])
    const [address = ''] = answered ? text.split('\n') : []
    if (address !== '') return podAt(context, address, group)
  }
  return undefined
}

interface View {
  readonly pod: string
  readonly answer: RedisAnswer
  /** What the sentinel says of the master; empty when it knows none. */
  readonly fields: ReadonlyMap<string, string>
}

async function viewOf(context: CheckContext, pod: string, master: string): Promise<View> {
  const answer = await redisCli(context, pod, ['-p', SENTINEL_PORT, 'SENTINEL', 'MASTER', master])
  const lines = answer.text.split('\n')
  const known = answer.answered && lines[0] === 'name'
  const fields = new Map(known ? lines.flatMap((line, at) => (at % 2 === 0 ? [[line, lines[at + 1] ?? ''] as const] : [])) : [])
  return { pod, answer, fields }
}

async function podAt(context: CheckContext, address: string, { redis }: SentinelGroup): Promise<string | undefined> {
  const { kube, namespace, signal } = context
  if (isIP(address) === 0) return redis.find((pod) => pod === podOfName(address))
  const pods = await Promise.all(redis.map((name) => kube.get<V1Pod>(refOf('Pod', name, namespace), signal)))
  return pods.find((pod) => pod?.status?.podIP === address)?.metadata?.name
}

/** A Pod's DNS name begins with the Pod's name. */
function podOfName(name: string): string {
  return name.split('.')[0] ?? ''
}
