import { randomBytes } from 'node:crypto'
import { type Check, type CheckContext, type Finding, say } from './check.ts'
import { containerCrashed } from './disturbances/container-crashed.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { readPod } from './pod.ts'
import { redisKey } from './redis.ts'
import { parseInfo, redisCli, redisIn } from './redis-cli.ts'
import { type Dump, dumpOf } from './redis-dump.ts'
import { restoring } from './restoring.ts'
import { untilMet } from './until-met.ts'

const KEY = 'statelab-last-write'
/** Redis loads what it has saved in seconds; before that it answers LOADING, or not at all. */
const BACK_MS = 60_000
/** 128 + 9: ended by SIGKILL. A program that was asked to end, and could save, has another exit code. */
const KILLED = 137

/**
 * The Redis in a Pod is killed with SIGKILL right after it has acknowledged a write; what has become of that write?
 * What was there before is put into a snapshot first where the write is to be lost: nothing of the learner's is.
 * @param options.lastWrite `lost`: by a Redis with snapshots only. `kept`: by one with an append-only file.
 * @param options.keeps what must be there before and after in any case.
 */
export function redisCrash(pod: string, options: { readonly lastWrite: 'lost' | 'kept'; readonly keeps: Check }): Check {
  const { lastWrite, keeps } = options
  return {
    id: `redis-crash/${pod}/${lastWrite}`,
    kind: 'probe',
    title:
      lastWrite === 'lost'
        ? {
            en: `Killed, the Redis in ${pod} comes back with its snapshot and without what was written later`,
            zh: `被强杀之后，${pod} 里的 Redis 只恢复到快照，快照之后的写入丢失`,
          }
        : {
            en: `Killed, the Redis in ${pod} comes back with every write that it had acknowledged`,
            zh: `被强杀之后，${pod} 里的 Redis 确认过的写入一条不少`,
          },
    async run(context) {
      const before = await keeps.run(context)
      if (!before.met) return before
      return restoring(
        () => writeAndCrash(context, pod, options),
        async (signal) => void (await redisCli({ ...context, signal }, pod, ['DEL', KEY])),
        BACK_MS,
      )
    },
  }
}

async function writeAndCrash(
  context: CheckContext,
  pod: string,
  { lastWrite, keeps }: { readonly lastWrite: 'lost' | 'kept'; readonly keeps: Check },
): Promise<Finding> {
  const subject = redisIn(context, pod)
  const value = randomBytes(6).toString('hex')
  // The next automatic snapshot is at least a minute after this one: none comes between the write and the kill.
  const prepared = lastWrite === 'lost' ? [await command(context, pod, ['SAVE'], 'OK')] : []
  const written = [
    ...prepared,
    await command(context, pod, ['SET', KEY, value], 'OK'),
    ...(await pending(context, pod, lastWrite)),
  ]
  if (written.some(({ holds }) => !holds)) return conclude(context, subject, written)
  const dump = await dumpOf(context, pod)

  const crashed = await containerCrashed(pod).run(context)
  if (!crashed.met) return crashed
  const back = await untilMet(lastWrite === 'kept' ? redisKey(pod, KEY, value) : answers(pod), context, BACK_MS)
  const { text, command: get } = await redisCli(context, pod, ['GET', KEY])
  const none = say(context, { en: `no ${KEY}`, zh: `没有 ${KEY}` })
  const shown = text === '' ? none : `${KEY} = "${text}"`
  const facts = [
    ...written,
    await killedFact(context, pod),
    ...(lastWrite === 'lost' ? await sameDump(context, pod, dump) : []),
    fact(lastWrite === 'kept' ? `${KEY} = "${value}"` : none, back.met || lastWrite === 'kept' ? shown : back.message, get),
  ]
  const kept = await untilMet(keeps, context, BACK_MS)
  const finding = conclude(context, subject, facts)
  return {
    met: finding.met && kept.met,
    message: kept.met ? finding.message : kept.message,
    evidence: [...finding.evidence, ...kept.evidence],
  }
}

async function command(context: CheckContext, pod: string, args: readonly string[], expected: string): Promise<Fact> {
  const { text, command: typed } = await redisCli(context, pod, args)
  return fact(`${args[0]} ${expected}`, `${args[0]} ${text}`, typed)
}

/** That the write is in no snapshot at the moment of the kill, and that none is being made. */
async function pending(context: CheckContext, pod: string, lastWrite: 'lost' | 'kept'): Promise<Fact[]> {
  const { text, command: typed } = await redisCli(context, pod, ['INFO', 'persistence'])
  const info = parseInfo(text)
  const seen = (name: string): string => `${name}:${info.get(name) ?? '-'}`
  if (lastWrite === 'kept') return [fact('aof_enabled:1', seen('aof_enabled'), typed)]
  const changes = Number(info.get('rdb_changes_since_last_save') ?? 0)
  return [
    fact('rdb_changes_since_last_save > 0', seen('rdb_changes_since_last_save'), typed, changes > 0),
    fact('rdb_bgsave_in_progress:0', seen('rdb_bgsave_in_progress'), typed),
  ]
}

/** An answer that is not LOADING: then the dump, or the log, has been read. */
function answers(pod: string): Check {
  return {
    id: `redis-answers/${pod}`,
    kind: 'observe',
    title: { en: `Redis in ${pod} answers`, zh: `${pod} 里的 Redis 有应答` },
    async run(context) {
      const { text, command: typed } = await redisCli(context, pod, ['PING'])
      return conclude(context, redisIn(context, pod), [fact('PONG', text, typed)])
    },
  }
}

async function killedFact(context: CheckContext, pod: string): Promise<Fact> {
  const [container] = (await readPod(context, pod))?.status?.containerStatuses ?? []
  const exitCode = container?.lastState?.terminated?.exitCode
  const typed = kubectl(context, 'get', 'pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].lastState.terminated}')
  const ended = (code: number | string): string => say(context, { en: `exit code ${code}`, zh: `退出码 ${code}` })
  return fact(ended(KILLED), ended(exitCode ?? '-'), typed)
}

/** A Redis that had a chance to save would have written its dump anew. */
async function sameDump(context: CheckContext, pod: string, before: Dump | undefined): Promise<Fact[]> {
  if (!before) return []
  const after = await dumpOf(context, pod)
  const show = (dump: Dump | undefined): string =>
    say(context, {
      en: `${before.file} of ${dump?.entry?.modifiedAt.toISOString() ?? '-'}`,
      zh: `${dump?.entry?.modifiedAt.toISOString() ?? '-'} 的 ${before.file}`,
    })
  return [fact(show(before), show(after), context.export.command(before.path))]
}
