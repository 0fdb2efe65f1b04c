import { posix } from 'node:path'
import { type Check, say } from './check.ts'
import { conclude, type Fact, fact } from './facts.ts'
import { parseInfo, redisCli, redisIn } from './redis-cli.ts'
import { configOf, dumpOf } from './redis-dump.ts'

/** The Redis in a Pod appends every write to a log, and that log is on its claim. */
export function redisAppendOnly(pod: string): Check {
  return {
    id: `redis-append-only/${pod}`,
    kind: 'observe',
    title: {
      en: `Redis in ${pod} keeps an append-only file on its claim`,
      zh: `${pod} 里的 Redis 把 AOF 写在自己的 PVC 上`,
    },
    async run(context) {
      const { answered, text, command } = await redisCli(context, pod, ['INFO', 'persistence'])
      if (!answered) {
        return conclude(context, redisIn(context, pod), [fact(say(context, { en: 'an answer', zh: '有应答' }), text, command)])
      }
      const info = parseInfo(text)
      const field = (name: string, expected: string): Fact => fact(`${name}:${expected}`, `${name}:${info.get(name)}`, command)
      const facts = [field('aof_enabled', '1'), field('aof_last_write_status', 'ok'), field('aof_rewrite_in_progress', '0')]
      const dump = await dumpOf(context, pod)
      const folder = (await configOf(context, pod, 'appenddirname')) ?? ''
      const path = dump && posix.join(posix.dirname(dump.path), folder)
      const files = path === undefined ? undefined : await context.export.list(path, context.signal)
      const log = files?.map(({ name }) => name).find((name) => /\.aof$|\.aof\.\d+$|\.incr\.aof$/.test(name))
      facts.push(
        fact(
          say(context, { en: 'an append-only file on the server', zh: '服务器上有 AOF 文件' }),
          log === undefined ? say(context, { en: 'none', zh: '没有' }) : `${path}/${log}`,
          context.export.command(path ?? ''),
          log !== undefined,
        ),
      )
      return conclude(context, redisIn(context, pod), facts)
    },
  }
}
