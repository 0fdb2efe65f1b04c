import type { V1Pod, V1StatefulSet } from '@kubernetes/client-node'
import { isReady } from '../kube/ready.ts'
import { type Check, type CheckContext, type Finding, say, unmet } from './check.ts'
import { latin1 } from './export-file.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { redisCli } from './redis-cli.ts'
import { dumpOf } from './redis-dump.ts'
import { restoring } from './restoring.ts'

/**
 * What becomes of the dumps when each Redis of a workload saves, one after the other: every Redis gets a mark of its own
 * and saves it; then the dumps on the server are read. Afterwards the marks are deleted, and saved once more.
 * @param expected `own`: each has a dump with its own mark. `overwritten`: all have the same file, and only the mark of
 *   the last one that saved is in it.
 */
export function redisDumps(kind: 'Deployment' | 'StatefulSet', name: string, expected: 'own' | 'overwritten'): Check {
  return {
    id: `redis-dumps/${name}/${expected}`,
    kind: 'probe',
    title:
      expected === 'own'
        ? {
            en: `Each Redis of ${kind} ${name} keeps a dump of its own`,
            zh: `${kind} ${name} 的每个 Redis 都有自己的 dump`,
          }
        : {
            en: `The Redis of ${kind} ${name} overwrite each other's dump`,
            zh: `${kind} ${name} 的几个 Redis 互相覆盖 dump`,
          },
    async run(context) {
      const pods = await readyPods(context, kind, name)
      if (pods.length < 2) {
        const text = { en: `${kind} ${name} has fewer than two ready Pods`, zh: `${kind} ${name} 就绪的 Pod 不到两个` }
        return unmet(say(context, text), {
          expected: say(context, { en: 'two ready Pods', zh: '两个就绪的 Pod' }),
          observed: String(pods.length),
          command: kubectl(context, 'get', 'pods'),
        })
      }
      return restoring(
        () => saveAndLook(context, { kind, name, pods, expected }),
        (signal) => unmark({ ...context, signal }, pods),
      )
    },
  }
}

const KEY = 'statelab-mark'

interface Saving {
  readonly kind: string
  readonly name: string
  readonly pods: readonly string[]
  readonly expected: 'own' | 'overwritten'
}

async function saveAndLook(context: CheckContext, { kind, name, pods, expected }: Saving): Promise<Finding> {
  for (const [index, pod] of pods.entries()) {
    for (const args of [['SET', KEY, markOf(index)], ['SAVE']]) {
      const answer = await redisCli(context, pod, args)
      if (answer.text === 'OK') continue
      const wanted = { expected: 'OK', observed: answer.text, command: answer.command }
      return unmet(say(context, { en: `Redis in ${pod}: ${answer.text}`, zh: `${pod} 里的 Redis：${answer.text}` }), wanted)
    }
  }
  const facts: Fact[] = []
  const files = new Set<string>()
  for (const [index, pod] of pods.entries()) {
    const dump = await dumpOf(context, pod)
    if (!dump) {
      const claim = say(context, { en: `${pod}: its dump on a claim of the export`, zh: `${pod}：dump 在导出目录的 PVC 里` })
      const none = say(context, { en: 'no such claim', zh: '没有这样的 PVC' })
      facts.push(fact(claim, `${pod}: ${none}`, kubectl(context, 'get', 'pod', pod, '-o', 'jsonpath={.spec.volumes}')))
      continue
    }
    files.add(dump.path)
    const survivor = expected === 'own' ? index : pods.length - 1
    facts.push(await markFact(context, { pod, path: dump.path, count: pods.length, survivor }))
  }
  if (expected === 'overwritten' && facts.length === pods.length) facts.push(sameFile(context, [...files]))
  return conclude(context, `${kind} ${name}`, facts)
}

interface Marked {
  readonly pod: string
  readonly path: string
  readonly count: number
  /** Whose mark is to be in the dump. */
  readonly survivor: number
}

async function markFact(context: CheckContext, { pod, path, count, survivor }: Marked): Promise<Fact> {
  const content = (await context.export.read(path, context.signal)) ?? ''
  const found = Array.from({ length: count }, (_, index) => index).filter((index) => content.includes(latin1(markOf(index))))
  const holds = (indexes: readonly number[]): string => {
    const marks = indexes.map((index) => `#${index + 1}`).join(', ') || say(context, { en: 'none', zh: '没有' })
    return say(context, { en: `dump of ${pod} with the mark of Redis ${marks}`, zh: `${pod} 的 dump 里有 Redis ${marks} 的标记` })
  }
  return fact(holds([survivor]), holds(found), context.export.command(path))
}

function sameFile(context: CheckContext, files: readonly string[]): Fact {
  const one = say(context, { en: 'one file for all of them', zh: '大家共用一个文件' })
  const many = say(context, { en: `${files.length} files`, zh: `${files.length} 个文件` })
  return fact(one, files.length === 1 ? one : many, context.export.command(files[0] ?? ''))
}

async function unmark(context: CheckContext, pods: readonly string[]): Promise<void> {
  for (const pod of pods) {
    await redisCli(context, pod, ['DEL', KEY])
    await redisCli(context, pod, ['SAVE'])
  }
}

/** No mark is part of another, and none is a number, which a dump would pack. */
function markOf(index: number): string {
  return `mark-of-redis-${index + 1}-`
}

/** The names of the workload's ready Pods, in order. */
async function readyPods({ kube, namespace, signal }: CheckContext, kind: string, name: string): Promise<string[]> {
  const workload = await kube.get<V1StatefulSet>(refOf(kind, name, namespace), signal)
  if (!workload) return []
  const labels = Object.entries(workload.spec?.selector.matchLabels ?? {})
  const labelSelector = labels.map(([label, value]) => `${label}=${value}`).join(',')
  const query = { apiVersion: 'v1', kind: 'Pod', namespace, ...(labelSelector !== '' && { labelSelector }) }
  const pods = await kube.list<V1Pod>(query, signal)
  return pods
    .filter(isReady)
    .map(({ metadata }) => metadata?.name ?? '')
    .sort()
}
