import type { V1Job, V1Pod } from '@kubernetes/client-node'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'

/** A Job asks for so many completions, has them, and never ran more than so many Pods at once. */
export function jobCompleted(
  name: string,
  { completions, parallelism }: { readonly completions: number; readonly parallelism: number },
): Check {
  return {
    id: `job-completed/${name}`,
    kind: 'observe',
    title: {
      en: `Job ${name} has completed ${completions} times, at most ${parallelism} at once`,
      zh: `Job ${name} 完成了 ${completions} 次，同时最多 ${parallelism} 个`,
    },
    async run(context) {
      const job = await readJob(context, name)
      if (!job) return conclude(context, `Job ${name}`, [noJob(context, name)])
      const { spec, status } = job
      const asked = (count: number, atOnce: number): string =>
        say(context, { en: `${count} completions, ${atOnce} at once`, zh: `完成 ${count} 次，并行 ${atOnce}` })
      const done = (count: number): string => say(context, { en: `${count} succeeded`, zh: `${count} 次成功` })
      const most = mostAtOnce(await podsOf(context, job))
      const atOnce = (count: number): string =>
        say(context, { en: `${count} Pods at the same time`, zh: `同时运行 ${count} 个 Pod` })
      const path = 'jsonpath={.spec.completions} {.spec.parallelism}'
      return conclude(context, `Job ${name}`, [
        fact(
          asked(completions, parallelism),
          asked(spec?.completions ?? 1, spec?.parallelism ?? 1),
          kubectl(context, 'get', 'job', name, '-o', path),
        ),
        ended(context, job, 'Complete'),
        fact(done(completions), done(status?.succeeded ?? 0), kubectl(context, 'get', 'job', name)),
        fact(
          say(context, { en: `at most ${atOnce(parallelism)}`, zh: `最多${atOnce(parallelism)}` }),
          atOnce(most),
          podsCommand(context, name),
          most <= parallelism,
        ),
      ])
    },
  }
}

/**
 * A Job failed so often before it completed, each time with a Pod of its own, and waited longer each time: 10 s, 20 s, …
 * *Pod backoff failure policy* under *Jobs* in the Kubernetes documentation.
 */
export function jobRetried(name: string, { failures }: { readonly failures: number }): Check {
  return {
    id: `job-retried/${name}`,
    kind: 'observe',
    title: {
      en: `Job ${name} has completed after ${failures} failed Pods, and waited longer each time`,
      zh: `Job ${name} 失败 ${failures} 个 Pod 之后完成，每次等待的时间都更长`,
    },
    async run(context) {
      const job = await readJob(context, name)
      if (!job) return conclude(context, `Job ${name}`, [noJob(context, name)])
      const complete = ended(context, job, 'Complete')
      const pods = failedPods(context, name, failures, job)
      if (!complete.holds || !pods.holds) return conclude(context, `Job ${name}`, [complete, pods])
      return conclude(context, `Job ${name}`, [complete, pods, waitsFact(context, name, await podsOf(context, job))])
    },
  }
}

/** A Job gave up: after so many failed Pods, for this reason. */
export function jobFailed(name: string, { reason, failures }: { readonly reason: string; readonly failures: number }): Check {
  return {
    id: `job-failed/${name}`,
    kind: 'observe',
    title: {
      en: `Job ${name} has failed after ${failures} Pods: ${reason}`,
      zh: `Job ${name} 在 ${failures} 个 Pod 之后失败：${reason}`,
    },
    async run(context) {
      const job = await readJob(context, name)
      if (!job) return conclude(context, `Job ${name}`, [noJob(context, name)])
      const condition = job.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True')
      const shows = kubectl(context, 'get', 'job', name, '-o', 'jsonpath={.status.conditions[?(@.type=="Failed")].reason}')
      return conclude(context, `Job ${name}`, [
        fact(`Failed: ${reason}`, condition ? `Failed: ${condition.reason}` : stateOf(context, job), shows),
        failedPods(context, name, failures, job),
      ])
    },
  }
}

const FIRST_WAIT_S = 10

export function readJob({ kube, namespace, signal }: CheckContext, name: string): Promise<V1Job | undefined> {
  return kube.get<V1Job>(refOf('Job', name, namespace), signal)
}

/** How a Job ended; `undefined` while it runs. */
export function endOf({ status }: V1Job): 'Complete' | 'Failed' | undefined {
  const found = status?.conditions?.find((each) => each.status === 'True' && /^(Complete|Failed)$/.test(each.type))
  return found?.type as 'Complete' | 'Failed' | undefined
}

function ended(context: CheckContext, job: V1Job, expected: 'Complete' | 'Failed'): Fact {
  const name = job.metadata?.name ?? ''
  return fact(expected, endOf(job) ?? stateOf(context, job), kubectl(context, 'get', 'job', name))
}

function stateOf(context: CheckContext, job: V1Job): string {
  const end = endOf(job)
  if (end !== undefined) return end
  const { active = 0, succeeded = 0, failed = 0 } = job.status ?? {}
  const counts = {
    en: `${active} active, ${succeeded} succeeded, ${failed} failed`,
    zh: `运行 ${active}，成功 ${succeeded}，失败 ${failed}`,
  }
  return job.spec?.suspend ? say(context, { en: 'suspended', zh: '已暂停' }) : say(context, counts)
}

function failedPods(context: CheckContext, name: string, failures: number, job: V1Job): Fact {
  const failed = (count: number): string => say(context, { en: `${count} failed Pods`, zh: `${count} 个失败的 Pod` })
  const shows = kubectl(context, 'get', 'job', name, '-o', 'jsonpath={.status.failed}')
  return fact(failed(failures), failed(job.status?.failed ?? 0), shows)
}

async function podsOf({ kube, namespace, signal }: CheckContext, job: V1Job): Promise<V1Pod[]> {
  const labelSelector = `batch.kubernetes.io/job-name=${job.metadata?.name}`
  const pods = await kube.list<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector }, signal)
  const own = pods.filter(({ metadata }) => metadata?.ownerReferences?.some(({ uid }) => uid === job.metadata?.uid))
  return own.sort((a, b) => madeAt(a) - madeAt(b))
}

function podsCommand(context: CheckContext, job: string): string {
  return kubectl(context, 'get', 'pods', '-l', `batch.kubernetes.io/job-name=${job}`, '--sort-by=.metadata.creationTimestamp')
}

/** From when to when their containers ran. Times are whole seconds: what touches does not overlap. */
function mostAtOnce(pods: readonly V1Pod[]): number {
  const runs = pods.flatMap(({ status }) => {
    const { running, terminated } = status?.containerStatuses?.[0]?.state ?? {}
    const from = (running ?? terminated)?.startedAt?.getTime()
    return from === undefined ? [] : [{ from, to: terminated?.finishedAt?.getTime() ?? Number.POSITIVE_INFINITY }]
  })
  const overlapping = runs.map(({ from }) => runs.filter((run) => run.from <= from && from < run.to).length)
  return Math.max(0, ...overlapping)
}

/** The time between the end of each Pod and the next one, which doubles; a second less is rounding. */
function waitsFact(context: CheckContext, name: string, pods: readonly V1Pod[]): Fact {
  const waits = pods.slice(1).map((pod, index) => Math.round((madeAt(pod) - endedAt(pods[index])) / 1_000))
  const least = waits.map((_, index) => FIRST_WAIT_S * 2 ** index)
  const listed = (seconds: readonly number[]): string => seconds.map((each) => `${each} s`).join(', ')
  return fact(
    say(context, { en: `waits of at least ${listed(least)}`, zh: `等待至少 ${listed(least)}` }),
    say(context, { en: `waits of ${listed(waits)}`, zh: `等待 ${listed(waits)}` }),
    podsCommand(context, name),
    waits.length > 0 && waits.every((wait, index) => wait >= (least[index] ?? 0) - 1),
  )
}

function madeAt({ metadata }: V1Pod): number {
  return metadata?.creationTimestamp?.getTime() ?? 0
}

function endedAt(pod: V1Pod | undefined): number {
  return pod?.status?.containerStatuses?.[0]?.state?.terminated?.finishedAt?.getTime() ?? Number.NaN
}

function noJob(context: CheckContext, name: string): Fact {
  return fact(
    say(context, { en: 'a Job of this name', zh: '有这个名字的 Job' }),
    say(context, { en: 'none', zh: '没有' }),
    kubectl(context, 'get', 'job', name),
  )
}
