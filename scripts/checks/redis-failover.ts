import { type Acknowledged, startWriting, type Writer, WRITES_KEY } from './acknowledged-writes.ts'
import { type Check, type CheckContext, type Finding, say, undisturbed } from './check.ts'
import { podDeleted } from './disturbances.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { allOf } from './object.ts'
import { redisOneMaster } from './redis-roles.ts'
import { masterByAny, SENTINEL_PORT, type SentinelGroup, sentinelsAgree } from './redis-sentinel.ts'
import { redisCli } from './redis-cli.ts'
import { restoring } from './restoring.ts'
import { untilMet } from './until-met.ts'

/** So many writes before the disturbance, and after it. */
const ENOUGH = 30
const WRITING_MS = 60_000
const ELECTION_MS = 90_000
const SETTLED_MS = 90_000

/**
 * The Pod of the master is deleted while a client writes. The sentinels elect another master, writes go on, the old one
 * comes back as a replica, and every write that was on a replica when it was acknowledged is still there.
 *
 * What replication allows: a write that the master has acknowledged alone (`WAIT 1` gave 0) may be lost, and is counted; one
 * that a replica has confirmed may not. A master that is ended with grace waits until its replicas have all it has
 * (`shutdown-timeout`, 10 s), so whichever of them is elected has it too.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/replication/
 */
export function sentinelFailover(group: SentinelGroup): Check {
  const settled = allOf(sentinelsAgree(group), redisOneMaster(group.redis))
  return {
    id: `sentinel-failover/${group.master}`,
    kind: 'probe',
    title: {
      en: 'When the master is deleted another one is elected, writes go on, and no confirmed write is lost',
      zh: '主节点被删除后，选出新的主节点，写入继续，被从节点确认过的写入一条不丢',
    },
    async run(context) {
      const before = await settled.run(context)
      const old = before.met ? await masterByAny(context, group) : undefined
      if (old === undefined) return before
      return restoring(
        () => failOver(context, group, settled, old),
        async (signal) => {
          const cleaning = { ...context, signal }
          const master = await masterByAny(cleaning, group)
          if (master !== undefined) await redisCli(cleaning, master, ['DEL', WRITES_KEY])
        },
        SETTLED_MS,
      )
    },
  }
}

async function failOver(context: CheckContext, group: SentinelGroup, settled: Check, old: string): Promise<Finding> {
  const { deleted, deletedAt, acknowledged, failed, master } = await writeThrough(context, group, old)
  if (!deleted.met) return deleted
  const isNew = master !== undefined && master !== old
  const shows = kubectl(
    context,
    'exec',
    group.sentinels[0] ?? '',
    '--',
    'redis-cli',
    '-p',
    SENTINEL_PORT,
    'SENTINEL',
    'GET-MASTER-ADDR-BY-NAME',
    group.master,
  )
  const elected = fact(
    say(context, { en: `another master than ${old}`, zh: `${old} 之外的新主节点` }),
    say(context, { en: `master ${master ?? 'none'}`, zh: `主节点 ${master ?? '没有'}` }),
    shows,
    isNew,
  )
  const later = acknowledged.filter(({ at }) => at > deletedAt)
  const goOn = goOnFact(context, { later, deletedAt, failed, shows })
  if (!isNew) return withEvidence(conclude(context, 'Sentinel', [elected, goOn]), deleted)
  const after = await untilMet(settled, context, SETTLED_MS)
  const kept = await keptFacts(context, (await masterByAny(context, group)) ?? master, acknowledged)
  const finding = conclude(context, 'Sentinel', [elected, goOn, ...kept])
  const all = withEvidence(finding, deleted, after)
  return after.met || !finding.met ? all : { ...all, met: false, message: after.message }
}

interface Written {
  readonly deleted: Finding
  readonly deletedAt: Date
  readonly acknowledged: readonly Acknowledged[]
  readonly failed: number
  readonly master: string | undefined
}

async function writeThrough(context: CheckContext, group: SentinelGroup, old: string): Promise<Written> {
  await using writer = startWriting(context, group)
  const { acknowledged } = writer
  let deletedAt = new Date()
  const done = async (deleted: Finding): Promise<Written> => {
    await writer[Symbol.asyncDispose]()
    return { deleted, deletedAt, acknowledged, failed: writer.failed, master: await masterByAny(context, group) }
  }
  if (!(await writer.until(() => acknowledged.length >= ENOUGH, WRITING_MS))) return done(noWrites(context, writer))
  deletedAt = new Date()
  const deleted = await podDeleted(old).run(context)
  if (!deleted.met) return done(deleted)
  let master: string | undefined = old
  const asking = async (): Promise<void> => {
    for (const deadline = Date.now() + ELECTION_MS; master === old && Date.now() < deadline; ) {
      master = await masterByAny(context, group)
      // The old master is back and is called the master: nobody else was elected, and nobody will be.
      if (master === old && (await redisCli(context, old, ['ROLE'])).text.startsWith('master')) return
    }
  }
  await asking()
  const electedAt = new Date()
  if (master !== old) {
    await writer.until(() => acknowledged.filter(({ at }) => at > electedAt).length >= ENOUGH, WRITING_MS)
  }
  return done(deleted)
}

function noWrites(context: CheckContext, writer: Writer): Finding {
  const { length } = writer.acknowledged
  return undisturbed(context, {
    en: `only ${length} writes through the sentinels were acknowledged, ${writer.failed} failed`,
    zh: `通过哨兵的写入只有 ${length} 次被确认，${writer.failed} 次失败`,
  })
}

function goOnFact(
  context: CheckContext,
  { later, deletedAt, failed, shows }: { later: readonly Acknowledged[]; deletedAt: Date; failed: number; shows: string },
): Fact {
  const pause = longestPause([deletedAt, ...later.map(({ at }) => at)]) / 1_000
  return fact(
    say(context, { en: `at least ${ENOUGH} writes acknowledged afterwards`, zh: `之后至少确认 ${ENOUGH} 次写入` }),
    say(context, {
      en: `${later.length} writes acknowledged afterwards, ${failed} refused, the longest pause ${pause.toFixed(1)} s`,
      zh: `之后确认了 ${later.length} 次写入，失败 ${failed} 次，最长停顿 ${pause.toFixed(1)} 秒`,
    }),
    shows,
    later.length >= ENOUGH,
  )
}

function longestPause(moments: readonly Date[]): number {
  return Math.max(0, ...moments.slice(1).map((moment, index) => moment.getTime() - (moments[index]?.getTime() ?? 0)))
}

async function keptFacts(context: CheckContext, master: string, acknowledged: readonly Acknowledged[]): Promise<Fact[]> {
  const { answered, text, command } = await redisCli(context, master, ['SMEMBERS', WRITES_KEY])
  const there = new Set(answered ? text.split('\n') : [])
  const count = (writes: readonly Acknowledged[]): { all: number; lost: number } => ({
    all: writes.length,
    lost: writes.filter(({ id }) => !there.has(String(id))).length,
  })
  const confirmed = count(acknowledged.filter(({ replicated }) => replicated))
  const alone = count(acknowledged.filter(({ replicated }) => !replicated))
  return [
    fact(
      say(context, {
        en: `0 of ${confirmed.all} writes lost that a replica had confirmed`,
        zh: `从节点确认过的 ${confirmed.all} 次写入丢失 0 次`,
      }),
      say(context, {
        en: `${confirmed.lost} of ${confirmed.all} writes lost that a replica had confirmed`,
        zh: `从节点确认过的 ${confirmed.all} 次写入丢失 ${confirmed.lost} 次`,
      }),
      command,
      confirmed.lost === 0 && confirmed.all > 0,
    ),
    fact(
      say(context, {
        en: `any of ${alone.all} writes that the master had acknowledged alone may be lost`,
        zh: `只有主节点确认的 ${alone.all} 次写入允许丢失`,
      }),
      say(context, { en: `${alone.lost} of ${alone.all} of those lost`, zh: `其中丢失 ${alone.lost} 次，共 ${alone.all} 次` }),
      command,
      true,
    ),
  ]
}

function withEvidence(finding: Finding, ...others: readonly Finding[]): Finding {
  return { ...finding, evidence: [...finding.evidence, ...others.flatMap(({ evidence }) => evidence)] }
}
