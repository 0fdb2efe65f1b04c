import { type Check, say } from './check.ts'
import { conclude, type Fact, fact } from './facts.ts'
import { replication } from './redis.ts'
import { redisIn } from './redis-cli.ts'

/** The Redis in a Pod is a master. */
export function redisMaster(pod: string): Check {
  return {
    id: `redis-master/${pod}`,
    kind: 'observe',
    title: { en: `Redis in ${pod} is a master`, zh: `${pod} 里的 Redis 是主节点` },
    async run(context) {
      const { answer, info } = await replication(context, pod)
      const seen = answer.answered && info.has('role') ? `role:${info.get('role')}` : answer.text
      return conclude(context, redisIn(context, pod), [fact('role:master', seen, answer.command)])
    },
  }
}

/** Exactly one of several Redis is a master, whichever; all others follow it, have its history, and their links are up. */
export function redisOneMaster(pods: readonly string[]): Check {
  return {
    id: `redis-one-master/${pods.join('+')}`,
    kind: 'observe',
    title: {
      en: `One of ${pods.join(', ')} is the master, the others follow it`,
      zh: `${pods.join('、')} 中有一个主节点，其余都跟随它`,
    },
    async run(context) {
      const each = await Promise.all(pods.map(async (pod) => ({ pod, ...(await replication(context, pod)) })))
      const silent = each.find(({ answer }) => !answer.answered)
      if (silent) {
        const { pod, answer } = silent
        return conclude(context, redisIn(context, pod), [
          fact(say(context, { en: 'an answer', zh: '有应答' }), answer.text, answer.command),
        ])
      }
      const masters = each.filter(({ info }) => info.get('role') === 'master')
      const [master] = masters
      const count = (names: readonly string[]): string =>
        say(context, {
          en: `${names.length} master (${names.join(', ')})`,
          zh: `${names.length} 个主节点（${names.join('、')}）`,
        })
      const one = say(context, { en: '1 master', zh: '1 个主节点' })
      const facts: Fact[] = [
        fact(
          one,
          count(masters.map(({ pod }) => pod)),
          master?.answer.command ?? each[0]?.answer.command ?? '',
          masters.length === 1,
        ),
      ]
      const history = master?.info.get('master_replid')
      for (const { pod, answer, info } of each.filter((entry) => !masters.includes(entry))) {
        const same = info.get('master_replid') === history
        const link = info.get('master_link_status') ?? '-'
        const expected = say(context, { en: `${pod}: link up, the master's history`, zh: `${pod}：link up，历史与主节点一致` })
        const observed = same
          ? say(context, { en: `${pod}: link ${link}, the master's history`, zh: `${pod}：link ${link}，历史与主节点一致` })
          : say(context, { en: `${pod}: link ${link}, another history`, zh: `${pod}：link ${link}，历史与主节点不同` })
        facts.push(fact(expected, observed, answer.command))
      }
      return conclude(context, 'Redis', facts)
    },
  }
}
