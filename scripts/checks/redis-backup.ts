import { randomBytes } from 'node:crypto'
import type { V1CronJob, V1Job, V1StatefulSet } from '@kubernetes/client-node'
import { jobFromCronJob, jobLike } from '../kube/job-from.ts'
import { untilGone, waitFor } from '../kube/wait-for.ts'
import { orWhenTimedOut } from '../wait/deadline.ts'
import { type Check, type CheckContext, type Finding, say, unmet } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { endOf } from './jobs.ts'
import { refOf } from './kinds.ts'
import { redisKey } from './redis.ts'
import { redisCli, redisIn } from './redis-cli.ts'
import { restoring } from './restoring.ts'
import { statefulSetReady } from './statefulset.ts'
import { untilMet } from './until-met.ts'

export interface RedisBackup {
  /** The StatefulSet of one Redis. */
  readonly statefulSet: string
  /** Makes a backup whenever it runs. */
  readonly cronJob: string
  /** Puts the backup where Redis reads it, while no Redis runs. */
  readonly restoreJob: string
  /** What must be there before and after. */
  readonly keeps: Check
}

const KEY = 'statelab-backup'
/** A Pod, its mounts, and a program that runs for a second. */
const JOB_MS = 120_000
const BACK_MS = 120_000

/**
 * A Redis is backed up, wiped, stopped, restored and started: it has what it had, down to what was written right before
 * the backup. Strings that a restore does not bring back are written again by this check.
 */
export function redisRestores(backup: RedisBackup): Check {
  const { statefulSet, cronJob, restoreJob } = backup
  return {
    id: `redis-restores/${statefulSet}`,
    kind: 'probe',
    title: {
      en: `Wiped, the Redis of ${statefulSet} comes back from the backup of ${cronJob} with ${restoreJob}`,
      zh: `${statefulSet} 的 Redis 被清空之后，用 ${restoreJob} 从 ${cronJob} 的备份恢复`,
    },
    async run(context) {
      const { kube, namespace, signal } = context
      const before = await backup.keeps.run(context)
      if (!before.met) return before
      const [cron, restore, set] = await Promise.all([
        kube.get<V1CronJob>(refOf('CronJob', cronJob, namespace), signal),
        kube.get<V1Job>(refOf('Job', restoreJob, namespace), signal),
        kube.get<V1StatefulSet>(refOf('StatefulSet', statefulSet, namespace), signal),
      ])
      if (!cron || !restore || !set) {
        const missing = [
          ...(cron ? [] : [`CronJob ${cronJob}`]),
          ...(restore ? [] : [`Job ${restoreJob}`]),
          ...(set ? [] : [`StatefulSet ${statefulSet}`]),
        ].join(', ')
        return unmet(say(context, { en: `there is no ${missing}`, zh: `没有 ${missing}` }))
      }
      const pod = `${statefulSet}-0`
      const replicas = set.spec?.replicas ?? 1
      const id = randomBytes(4).toString('hex')
      const [backupNow, restoreNow] = [`statelab-backup-${id}`, `statelab-restore-${id}`]
      const strings = await stringsOf(context, pod)
      return restoring(
        () =>
          wipeAndRestore(context, backup, { jobs: [jobFromCronJob(cron, backupNow), jobLike(restore, restoreNow)], replicas }),
        async (within) => {
          const cleaning = { ...context, signal: within }
          await scale(cleaning, statefulSet, replicas)
          for (const name of [backupNow, restoreNow]) await kube.delete(refOf('Job', name, namespace), { signal: within })
          await untilMet(statefulSetReady(statefulSet, { replicas }), cleaning, BACK_MS)
          await redisCli(cleaning, pod, ['DEL', KEY])
          for (const [key, value] of strings) await redisCli(cleaning, pod, ['SET', key, value, 'NX'])
        },
        BACK_MS + 30_000,
      )
    },
  }
}

interface Work {
  readonly jobs: readonly [backup: V1Job, restore: V1Job]
  readonly replicas: number
}

async function wipeAndRestore(
  context: CheckContext,
  { statefulSet, cronJob, restoreJob, keeps }: RedisBackup,
  { jobs: [backup, restore], replicas }: Work,
): Promise<Finding> {
  const pod = `${statefulSet}-0`
  const value = randomBytes(6).toString('hex')
  const facts: Fact[] = []
  const broken = (): boolean => facts.some(({ holds }) => !holds)
  const said = async (args: readonly string[], expected: string): Promise<void> => {
    const { text, command } = await redisCli(context, pod, args)
    facts.push(fact(`${args[0]} ${expected}`, `${args[0]} ${text}`, command))
  }

  await said(['SET', KEY, value], 'OK')
  const taking = kubectl(context, 'create', 'job', backup.metadata?.name ?? '', `--from=cronjob/${cronJob}`)
  facts.push(await ranFact(context, backup, say(context, { en: `CronJob ${cronJob}`, zh: `CronJob ${cronJob}` }), taking))
  if (broken()) return conclude(context, redisIn(context, pod), facts)

  await said(['FLUSHALL'], 'OK')
  // So that the wiped state is on the volume as well, whatever its save points are.
  await said(['SAVE'], 'OK')
  await said(['DBSIZE'], '0')
  await stop(context, statefulSet)
  const restoring = kubectl(context, 'get', 'job', restoreJob, '-o', 'yaml')
  facts.push(await ranFact(context, restore, `Job ${restoreJob}`, restoring))
  await scale(context, statefulSet, replicas)
  if (broken()) return conclude(context, redisIn(context, pod), facts)
  const ready = await untilMet(statefulSetReady(statefulSet, { replicas }), context, BACK_MS)
  const finding = conclude(context, redisIn(context, pod), facts)
  if (!ready.met) return { ...ready, evidence: [...finding.evidence, ...ready.evidence] }
  const back = await untilMet(redisKey(pod, KEY, value), context, BACK_MS)
  const kept = await keeps.run(context)
  return {
    met: finding.met && back.met && kept.met,
    message: !back.met ? back.message : kept.met ? `${finding.message}; ${back.message}; ${kept.message}` : kept.message,
    evidence: [...finding.evidence, ...back.evidence, ...kept.evidence],
  }
}

/** Runs a Job to its end. */
async function ranFact(context: CheckContext, job: V1Job, subject: string, command: string): Promise<Fact> {
  const { kube, namespace, signal, progress: onSeen } = context
  const name = job.metadata?.name ?? ''
  const done = (end: string): string => `${subject}: ${end}`
  await kube.apply([job], { namespace, signal })
  const end = await orWhenTimedOut(
    waitFor<V1Job, string>(
      kube,
      refOf('Job', name, namespace),
      (found) => {
        const value = found && endOf(found)
        return value ? { value, seen: '' } : { seen: say(context, { en: `Job ${name} runs`, zh: `Job ${name} 正在运行` }) }
      },
      { what: say(context, { en: `Job ${name} ends`, zh: `Job ${name} 结束` }), timeoutMs: JOB_MS, signal, onSeen },
    ),
    () => say(context, { en: 'still running', zh: '仍在运行' }),
  )
  return fact(done('Complete'), done(end), command)
}

async function stop(context: CheckContext, statefulSet: string): Promise<void> {
  const { kube, namespace, signal, progress: onSeen } = context
  await scale(context, statefulSet, 0)
  await untilGone(kube, refOf('Pod', `${statefulSet}-0`, namespace), { timeoutMs: BACK_MS, signal, onSeen })
}

function scale({ kube, namespace, signal }: CheckContext, name: string, replicas: number): Promise<void> {
  return kube.patch(refOf('StatefulSet', name, namespace), { spec: { replicas } }, signal)
}

/** More are no learner's own. */
const MOST_KEYS = 100

/** What a learner has written, to give it back should the restore not do it. */
async function stringsOf(context: CheckContext, pod: string): Promise<ReadonlyMap<string, string>> {
  const strings = new Map<string, string>()
  const { text } = await redisCli(context, pod, ['--scan'])
  for (const key of text.split('\n').filter(Boolean).slice(0, MOST_KEYS)) {
    const answer = await redisCli(context, pod, ['GET', key])
    if (answer.answered && !answer.text.startsWith('WRONGTYPE')) strings.set(key, answer.text)
  }
  return strings
}
