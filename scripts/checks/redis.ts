import { isIP } from 'node:net'
import type { V1Pod } from '@kubernetes/client-node'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, type Fact, fact } from './facts.ts'
import { refOf } from './kinds.ts'
import { parseInfo, type RedisAnswer, redisCli, redisIn } from './redis-cli.ts'
import { inDumpBefore } from './redis-dump.ts'
import type { Lasting } from './survives.ts'

/** The Redis in a Pod has this string at this key. Lasting: its dump on the server can prove since when. */
export function redisKey(pod: string, key: string, value: string): Lasting {
  return {
    id: `redis-key/${pod}/${key}`,
    kind: 'observe',
    title: { en: `Redis in ${pod} has ${key} = "${value}"`, zh: `${pod} 里的 Redis 有 ${key} = "${value}"` },
    async run(context) {
      const answer = await redisCli(context, pod, ['GET', key])
      const observed = answer.answered ? `${key} = "${answer.text}"` : answer.text
      const shown = answer.answered && answer.text === '' ? say(context, { en: `no ${key}`, zh: `没有 ${key}` }) : observed
      const finding = conclude(context, redisIn(context, pod), [fact(`${key} = "${value}"`, shown, answer.command)])
      // A replica may be about to get the key, and "LOADING" means wait; a master with its dump read has all it will ever have.
      const settled =
        !finding.met &&
        answer.answered &&
        !/^[A-Z]+ /.test(answer.text) &&
        (await redisCli(context, pod, ['ROLE'])).text.startsWith('master')
      return { ...finding, settled }
    },
    provenSince: (context, moment) => inDumpBefore(context, { pod, key, value, moment }),
  }
}

/**
 * One Redis follows another: the link is up on both sides and both have the same replication history. How the replica
 * names its master makes no difference here; whether that name lasts is for `survives` to show.
 */
export function redisReplica(pod: string, { of: master }: { readonly of: string }): Check {
  return {
    id: `redis-replica/${pod}`,
    kind: 'observe',
    title: { en: `Redis in ${pod} replicates ${master}`, zh: `${pod} 里的 Redis 是 ${master} 的从节点` },
    async run(context) {
      const [replica, primary] = await Promise.all([replication(context, pod), replication(context, master)])
      for (const [name, { answer }] of [
        [pod, replica],
        [master, primary],
      ] as const) {
        if (!answer.answered)
          return conclude(context, redisIn(context, name), [
            fact(say(context, { en: 'an answer', zh: '有应答' }), answer.text, answer.command),
          ])
      }
      const online = [...primary.info].filter(([name, value]) => /^slave\d+$/.test(name) && value.includes('state=online'))
      const connected = Number(primary.info.get('connected_slaves') ?? 0)
      const history = primary.info.get('master_replid')
      const same = history !== undefined && replica.info.get('master_replid') === history
      const host = await hostFact(context, master, replica)
      const dataOf = say(context, { en: `the data of ${master}`, zh: `${master} 的数据` })
      const finding = conclude(context, redisIn(context, pod), [
        fieldFact(context, replica, 'role', 'slave'),
        ...host,
        fieldFact(context, replica, 'master_link_status', 'up'),
        fieldFact(context, primary, 'role', 'master'),
        fact(
          say(context, { en: 'at least one replica online on the master', zh: '主节点上至少有一个在线的从节点' }),
          `connected_slaves:${connected}${online.map(([name, value]) => ` ${name}:${value}`).join('')}`,
          primary.answer.command,
          connected > 0 && online.length > 0,
        ),
        fact(
          dataOf,
          same ? dataOf : say(context, { en: 'the data of another master', zh: '另一个主节点的数据' }),
          replica.answer.command,
        ),
      ])
      // Nobody but a person, or a sentinel, makes a master a replica.
      const alone = replica.info.get('role') === 'master'
      return { ...finding, settled: !finding.met && (alone || host.some(({ holds }) => !holds)) }
    },
  }
}

/** The Redis in a Pod is a replica that refuses writes. The write tried is one that changes nothing where it is not refused. */
export function redisRefusesWrites(pod: string): Check {
  return {
    id: `redis-refuses-writes/${pod}`,
    kind: 'observe',
    title: { en: `Redis in ${pod} refuses writes`, zh: `${pod} 里的 Redis 拒绝写入` },
    async run(context) {
      const { text, command } = await redisCli(context, pod, ['DEL', 'statelab-no-such-key'])
      return conclude(context, redisIn(context, pod), [
        fact('READONLY', text.startsWith('READONLY') ? 'READONLY' : `"${text}"`, command),
      ])
    },
  }
}

export interface Replication {
  readonly answer: RedisAnswer
  readonly info: ReadonlyMap<string, string>
}

/** What the Redis in a Pod says about replication. */
export async function replication(context: CheckContext, pod: string): Promise<Replication> {
  const answer = await redisCli(context, pod, ['INFO', 'replication'])
  return { answer, info: parseInfo(answer.text) }
}

/** A replica that was given an IP keeps it; once no Pod has it any more, no waiting brings the master back. A name may yet lead there. */
async function hostFact(context: CheckContext, master: string, replica: Replication): Promise<Fact[]> {
  const host = replica.info.get('master_host')
  if (host === undefined) return []
  const address = (await context.kube.get<V1Pod>(refOf('Pod', master, context.namespace), context.signal))?.status?.podIP
  return [
    fact(
      say(context, {
        en: `a master_host that leads to ${master} (${address})`,
        zh: `指向 ${master} (${address}) 的 master_host`,
      }),
      `master_host:${host}`,
      replica.answer.command,
      isIP(host) === 0 || host === address,
    ),
  ]
}

function fieldFact(context: CheckContext, { answer, info }: Replication, field: string, expected: string) {
  return fact(`${field}:${expected}`, `${field}:${info.get(field) ?? say(context, { en: 'absent', zh: '缺失' })}`, answer.command)
}
