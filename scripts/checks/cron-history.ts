import type { V1CronJob, V1Job } from '@kubernetes/client-node'
import { untilGone } from '../kube/wait-for.ts'
import { startWatching, type Watching } from '../kube/watching.ts'
import { orWhenTimedOut } from '../wait/deadline.ts'
import { type Check, type CheckContext, type Finding, say } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { endOf } from './jobs.ts'
import { refOf } from './kinds.ts'
import { restoring } from './restoring.ts'

/** How many finished Jobs a CronJob leaves standing. */
export interface History {
  readonly successful: number
  readonly failed: number
}

/**
 * A CronJob keeps so many of its finished Jobs, and removes older ones. The tool does not wait for the clock: it starts
 * Jobs of it by hand, as `kubectl create job --from=cronjob/…` does, one more of each end than may stay, and removes them.
 */
export function cronJobKeeps(name: string, history: History): Check {
  const { successful, failed } = history
  return {
    id: `cron-job-keeps/${name}`,
    kind: 'probe',
    title: {
      en: `CronJob ${name} keeps ${successful} successful and ${failed} failed Jobs`,
      zh: `CronJob ${name} 保留 ${successful} 个成功的和 ${failed} 个失败的 Job`,
    },
    async run(context) {
      const cron = await context.kube.get<V1CronJob>(refOf('CronJob', name, context.namespace), context.signal)
      const asked = limitsFact(context, name, cron, history)
      if (!cron || !asked.holds) return conclude(context, `CronJob ${name}`, [asked])
      const jobs = jobsByHand(cron, history, context.namespace)
      await using watching = await startWatching<V1Job>(
        context.kube,
        { apiVersion: 'batch/v1', kind: 'Job', namespace: context.namespace },
        context.signal,
      )
      const work = async (): Promise<Finding> => {
        await context.kube.apply(jobs, { namespace: context.namespace, signal: context.signal })
        const kept = await untilTrimmed(context, watching, cron, jobs, history)
        return conclude(context, `CronJob ${name}`, [asked, keptFact(context, jobs.length, kept, history)])
      }
      return await restoring(work, async (signal) => {
        for (const { metadata } of jobs)
          await context.kube.delete(refOf('Job', metadata?.name ?? '', context.namespace), { signal })
        const gone = jobs.map(({ metadata }) =>
          untilGone(context.kube, refOf('Job', metadata?.name ?? '', context.namespace), { timeoutMs: TIMEOUT_MS, signal }),
        )
        await Promise.all(gone)
      })
    },
  }
}

const TIMEOUT_MS = 60_000

/** What `kubectl create job --from` marks its Jobs with. */
const BY_HAND = { 'cronjob.kubernetes.io/instantiate': 'manual' }

/** Jobs that the CronJob owns: those of its template, and some whose containers fail. */
function jobsByHand(cron: V1CronJob, { successful, failed }: History, namespace: string): V1Job[] {
  const { name = '', uid = '' } = cron.metadata ?? {}
  const template = cron.spec?.jobTemplate
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true, blockOwnerDeletion: true }
  const run = Math.random().toString(36).slice(2, 7)
  const job = (end: 'ok' | 'fail', index: number): V1Job => {
    const spec = structuredClone(template?.spec)
    if (spec && end === 'fail') {
      spec.backoffLimit = 0
      for (const container of spec.template.spec?.containers ?? []) Object.assign(container, { command: ['false'], args: [] })
    }
    return {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: `${name.slice(0, 40)}-${end}-${run}-${index}`,
        namespace,
        ...(template?.metadata?.labels && { labels: template.metadata.labels }),
        annotations: { ...template?.metadata?.annotations, ...BY_HAND },
        ownerReferences: [owner],
      },
      ...(spec && { spec }),
    }
  }
  return [
    ...Array.from({ length: successful + 1 }, (_, index) => job('ok', index)),
    ...Array.from({ length: failed + 1 }, (_, index) => job('fail', index)),
  ]
}

interface Kept {
  readonly successful: number
  readonly failed: number
  readonly running: number
}

/** Waits until all of them have ended and no more are left than may be. @returns what is left, also when that is more. */
async function untilTrimmed(
  context: CheckContext,
  watching: Watching<V1Job>,
  cron: V1CronJob,
  made: readonly V1Job[],
  { successful, failed }: History,
): Promise<Kept> {
  // A Job that has ended may have been removed already, and one that was just made may not have been told yet.
  const isOver = (name: string | undefined): boolean =>
    watching.changes.some(({ object }) => object.metadata?.name === name && endOf(object) !== undefined)
  const look = (jobs: readonly V1Job[]): Kept => {
    const own = jobs.filter(({ metadata }) => metadata?.ownerReferences?.some(({ uid }) => uid === cron.metadata?.uid))
    const count = (end: ReturnType<typeof endOf>): number => own.filter((job) => endOf(job) === end).length
    const running = made.filter(({ metadata }) => !isOver(metadata?.name)).length
    return { successful: count('Complete'), failed: count('Failed'), running }
  }
  const { signal, progress: onSeen } = context
  return orWhenTimedOut(
    watching.until(
      (jobs) => {
        const now = look(jobs)
        const over = now.running === 0 && now.successful <= successful && now.failed <= failed
        return { ...(over && { value: now }), seen: describe(context, now) }
      },
      { what: `CronJob ${cron.metadata?.name}`, timeoutMs: TIMEOUT_MS, signal, onSeen },
    ),
    () => look(watching.objects),
  )
}

function limitsFact(context: CheckContext, name: string, cron: V1CronJob | undefined, history: History): Fact {
  const limits = ({ successful, failed }: History): string =>
    `successfulJobsHistoryLimit ${successful}, failedJobsHistoryLimit ${failed}`
  const { successfulJobsHistoryLimit: successful = 3, failedJobsHistoryLimit: failed = 1 } = cron?.spec ?? {}
  const path = 'jsonpath={.spec.successfulJobsHistoryLimit} {.spec.failedJobsHistoryLimit}'
  const none = say(context, { en: 'no CronJob of this name', zh: '没有这个名字的 CronJob' })
  return fact(limits(history), cron ? limits({ successful, failed }) : none, kubectl(context, 'get', 'cronjob', name, '-o', path))
}

function keptFact(context: CheckContext, started: number, kept: Kept, { successful, failed }: History): Fact {
  const of = say(context, { en: `of ${started} more Jobs, kept`, zh: `又运行 ${started} 个 Job，保留` })
  const expected = describe(context, { successful, failed, running: 0 })
  return fact(`${of} ${expected}`, `${of} ${describe(context, kept)}`, kubectl(context, 'get', 'jobs'))
}

function describe(context: CheckContext, { successful, failed, running }: Kept): string {
  const more = running === 0 ? '' : say(context, { en: `, ${running} running`, zh: `，${running} 个运行中` })
  return say(context, { en: `${successful} successful, ${failed} failed`, zh: `${successful} 个成功，${failed} 个失败` }) + more
}
