import type { V1ControllerRevision, V1Pod, V1PodTemplateSpec, V1StatefulSet } from '@kubernetes/client-node'
import { describePod } from '../kube/describe.ts'
import { isReady } from '../kube/ready.ts'
import { type Check, type CheckContext, type Finding, say } from './check.ts'
import { conclude, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import type { Lasting } from './survives.ts'

/** What the StatefulSet controller writes on each Pod: the ControllerRevision that it was made from. */
const REVISION_LABEL = 'controller-revision-hash'

/**
 * Each Pod of a StatefulSet runs this image, and is ready. Lasting: a Pod of an older revision that was made after the
 * newest one proves that a partition held it back.
 * @param images of the first container, from the lowest ordinal on.
 */
export function podImages(name: string, images: readonly string[]): Lasting {
  return {
    id: `pod-images/${name}`,
    kind: 'observe',
    title: {
      en: `The Pods of StatefulSet ${name} run ${images.join(', ')}, from -0 on`,
      zh: `StatefulSet ${name} 的 Pod 从 -0 起依次运行 ${images.join('、')}`,
    },
    async run(context) {
      const set = await readSet(context, name)
      const start = set?.spec?.ordinals?.start ?? 0
      const runs = (image: string): string => say(context, { en: `${image}, ready`, zh: `${image}，就绪` })
      const facts = []
      for (const [index, image] of images.entries()) {
        const pod = `${name}-${start + index}`
        const found = await context.kube.get<V1Pod>(refOf('Pod', pod, context.namespace), context.signal)
        const command = kubectl(context, 'get', 'pod', pod, '-L', REVISION_LABEL, '-o', 'wide')
        facts.push(fact(`${pod} ${runs(image)}`, `${pod} ${podState(context, found, runs)}`, command))
      }
      return conclude(context, `StatefulSet ${name}`, facts)
    },
    provenSince: (context, moment) => heldBackSince(context, name, moment),
  }
}

/**
 * The template of a StatefulSet was changed in place, one image after the other: the history of its revisions has them
 * in this order. One that was deleted and made again has no history; one that was rolled back has the old image last.
 * @param images of the first container, oldest first; others may lie between them.
 */
export function revisionHistory(name: string, images: readonly string[]): Check {
  const order = images.join(' → ')
  return {
    id: `revision-history/${name}/${images.join('-')}`,
    kind: 'observe',
    title: {
      en: `StatefulSet ${name} was updated in place: ${order}`,
      zh: `StatefulSet ${name} 是就地更新的：${order}`,
    },
    async run(context) {
      const set = await readSet(context, name)
      const history = set ? await revisionsOf(context, set) : []
      const told = history.map((revision) => imageOf(templateOf(revision)))
      let next = 0
      for (const image of told) if (image === images[next]) next++
      const columns = 'REVISION:.revision,NAME:.metadata.name,IMAGE:.data.spec.template.spec.containers[0].image'
      const command = kubectl(context, 'get', 'controllerrevisions', '--sort-by=.revision', '-o', `custom-columns=${columns}`)
      const none = say(context, { en: 'no revisions', zh: '没有版本记录' })
      return conclude(context, say(context, { en: `History of StatefulSet ${name}`, zh: `StatefulSet ${name} 的历史` }), [
        fact(order, told.join(' → ') || none, command, next === images.length),
      ])
    },
  }
}

/**
 * The last rolling update that has reached every Pod of a StatefulSet brought this image. One that is under way, or that a
 * partition holds back, does not count yet.
 */
export function rolledOut(name: string, image: string): Check {
  return {
    id: `rolled-out/${name}/${image}`,
    kind: 'observe',
    title: {
      en: `${image} has reached every Pod of StatefulSet ${name}`,
      zh: `${image} 已更新到 StatefulSet ${name} 的每个 Pod`,
    },
    async run(context) {
      const set = await readSet(context, name)
      const current = set?.status?.currentRevision
      const revision = set ? (await revisionsOf(context, set)).find(({ metadata }) => metadata?.name === current) : undefined
      const command = kubectl(context, 'get', 'statefulset', name, '-o', 'jsonpath={.status.currentRevision}')
      const observed = revision
        ? `${imageOf(templateOf(revision))} (currentRevision ${current})`
        : say(context, { en: 'no revision', zh: '没有版本' })
      const holds = revision !== undefined && imageOf(templateOf(revision)) === image
      return conclude(context, `StatefulSet ${name}`, [fact(image, observed, command, holds)])
    },
  }
}

/** The image of a template's first container. */
function imageOf(template: V1PodTemplateSpec | undefined): string {
  return template?.spec?.containers[0]?.image ?? '-'
}

/** The revisions of a StatefulSet, oldest first: a rollback makes an old one the newest. */
async function revisionsOf({ kube, namespace, signal }: CheckContext, set: V1StatefulSet): Promise<V1ControllerRevision[]> {
  const query = { apiVersion: 'apps/v1', kind: 'ControllerRevision', namespace }
  const found = await kube.list<V1ControllerRevision>(query, signal)
  return found
    .filter(({ metadata }) => metadata?.ownerReferences?.some(({ uid }) => uid === set.metadata?.uid))
    .sort((a, b) => a.revision - b.revision)
}

function templateOf({ data }: V1ControllerRevision): V1PodTemplateSpec | undefined {
  return (data as { spec?: { template?: V1PodTemplateSpec } } | undefined)?.spec?.template
}

function podState(context: CheckContext, pod: V1Pod | undefined, ready: (image: string) => string): string {
  if (!pod) return say(context, { en: 'none', zh: '没有' })
  const image = pod.spec?.containers[0]?.image ?? '-'
  return isReady(pod) ? ready(image) : `${image}, ${say(context, describePod(pod))}`
}

/** The newest revision was there already at that moment, and there are Pods of an older one all the same. */
async function heldBackSince(context: CheckContext, name: string, moment: Date): Promise<Finding | undefined> {
  const set = await readSet(context, name)
  const history = set ? await revisionsOf(context, set) : []
  const newest = history.at(-1)?.metadata
  const created = newest?.creationTimestamp
  if (!created || created >= moment || set?.status?.updateRevision !== newest.name) return undefined
  // An old revision that was made the newest by a rollback keeps its old time.
  if (history.some(({ metadata }) => metadata?.creationTimestamp && metadata.creationTimestamp > created)) return undefined
  const subject = say(context, { en: `revision ${newest.name}`, zh: `版本 ${newest.name}` })
  const expected = say(context, { en: `from before ${moment.toISOString()}`, zh: `早于 ${moment.toISOString()}` })
  const observed = say(context, { en: `of ${created.toISOString()}`, zh: `创建于 ${created.toISOString()}` })
  return conclude(context, subject, [
    fact(expected, observed, kubectl(context, 'get', 'controllerrevision', newest.name ?? '', '-o', 'yaml'), true),
  ])
}

function readSet({ kube, namespace, signal }: CheckContext, name: string): Promise<V1StatefulSet | undefined> {
  return kube.get<V1StatefulSet>(refOf('StatefulSet', name, namespace), signal)
}
