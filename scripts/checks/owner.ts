import type { KubernetesObject, V1ConfigMap, V1Pod, V1PodTemplateSpec } from '@kubernetes/client-node'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { nameOf, ownerChain } from './ownership.ts'

/**
 * An object of the lab was made by these, from its owner up to the object that nobody owns.
 * @param chain such as `['ReplicaSet/web-7d9f', 'Deployment/web']`; of a generated name the part before it will do: `ReplicaSet/web-*`.
 */
export function madeBy(kind: string, name: string, chain: readonly string[]): Check {
  const shown = (links: readonly string[]): string => [`${kind}/${name}`, ...links].join(' ← ')
  return {
    id: `made-by/${kind}/${name}`,
    kind: 'observe',
    title: { en: `${kind} ${name} was made by ${chain.join(', ')}`, zh: `${kind} ${name} 由 ${chain.join('、')} 创建` },
    async run(context) {
      const object = await context.kube.get<KubernetesObject>(refOf(kind, name, context.namespace), context.signal)
      const command = ownersCommand(context, kind.toLowerCase(), name)
      if (!object) {
        const none = say(context, { en: `there is no ${kind} ${name}`, zh: `没有 ${kind} ${name}` })
        return conclude(context, `${kind} ${name}`, [fact(shown(chain), none, command)])
      }
      const [, ...owners] = await ownerChain(context, { ...object, kind })
      const holds = owners.length === chain.length && chain.every((link, index) => fits(owners[index] ?? '', link))
      return conclude(context, `${kind} ${name}`, [fact(shown(chain), shown(owners), command, holds)])
    },
  }
}

/**
 * Every Pod of a label was made, directly or not, by this object, and nothing else is there that would make one. By what
 * else one was made is not told: to find it out is the exercise.
 * @param label such as `app=redis`.
 */
export function everyPodMadeBy(label: string, top: string): Check {
  return {
    id: `every-pod-made-by/${label}`,
    kind: 'observe',
    title: {
      en: `Every Pod with label ${label} was made by ${top}, and nothing else makes such Pods`,
      zh: `带标签 ${label} 的 Pod 都由 ${top} 创建，没有别的对象会创建这样的 Pod`,
    },
    async run(context) {
      const { kube, namespace, signal } = context
      const pods = await kube.list<V1Pod>({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: label }, signal)
      const chains = await Promise.all(pods.map((pod) => ownerChain(context, { ...pod, kind: 'Pod' })))
      const command = kubectl(context, 'get', 'pods', '-l', label, '-o', OWNER_COLUMNS)
      const by = (pod: string): string => say(context, { en: `${pod} made by ${top}`, zh: `${pod} 由 ${top} 创建` })
      const otherwise = (pod: string): string =>
        say(context, { en: `${pod} made by something else`, zh: `${pod} 由别的对象创建` })
      const facts = chains.map(([pod = '', ...owners]) =>
        fact(by(pod), owners.at(-1) === top ? by(pod) : otherwise(pod), command),
      )
      const some = say(context, { en: `Pods with label ${label}`, zh: `带标签 ${label} 的 Pod` })
      const none = say(context, { en: 'none', zh: '没有' })
      const found = facts.length > 0 ? facts : [fact(some, none, command)]
      return conclude(context, label, [...found, await othersFact(context, label, top)])
    },
  }
}

/** What makes Pods, and has a template that they are made from. */
const MAKERS = ['DaemonSet', 'Deployment', 'Job', 'ReplicaSet', 'StatefulSet']

/** Also one that makes no Pods at the moment, as after `kubectl scale --replicas=0`. */
async function othersFact(context: CheckContext, label: string, top: string): Promise<Fact> {
  const { kube, namespace, signal } = context
  const [key = '', value] = label.split('=')
  const others: string[] = []
  for (const kind of MAKERS) {
    const { apiVersion } = refOf(kind, '', namespace)
    const query = { apiVersion, kind, namespace }
    for (const maker of await kube.list<KubernetesObject & { spec?: { template?: V1PodTemplateSpec } }>(query, signal)) {
      if (maker.spec?.template?.metadata?.labels?.[key] !== value) continue
      if ((await ownerChain(context, { ...maker, kind })).at(-1) !== top) others.push(`${kind}/${maker.metadata?.name}`)
    }
  }
  const makers = (count: number): string =>
    say(context, { en: `${count} other objects that make such Pods`, zh: `另外 ${count} 个会创建这种 Pod 的对象` })
  return fact(makers(0), makers(others.length), kubectl(context, 'get', MAKERS.join(',').toLowerCase()))
}

export interface WrittenList {
  readonly configMap: string
  readonly key: string
}

/**
 * A list that the learner has written into a ConfigMap names every object of the namespace that nobody owns: what people
 * made, and what therefore has to be removed by hand. Not asked for: what is newer than the list, what Kubernetes puts into
 * every namespace, and what follows a Service (Endpoints).
 */
export function listsRoots({ configMap, key }: WrittenList): Check {
  return {
    id: `lists-roots/${configMap}/${key}`,
    kind: 'observe',
    title: {
      en: `ConfigMap ${configMap} lists every object that nobody owns`,
      zh: `ConfigMap ${configMap} 列出了所有没有所有者的对象`,
    },
    async run(context) {
      const written = await context.kube.get<V1ConfigMap>(refOf('ConfigMap', configMap, context.namespace), context.signal)
      const show = kubectl(context, 'get', 'configmap', configMap, '-o', `jsonpath={.data.${key.replaceAll('.', '\\.')}}`)
      const text = written?.data?.[key]
      if (text === undefined) {
        const wanted = say(context, { en: `a list under ${key}`, zh: `${key} 下的列表` })
        return conclude(context, `ConfigMap ${configMap}`, [fact(wanted, say(context, { en: 'none', zh: '没有' }), show)])
      }
      const listed = new Set(text.split(/[\s,]+/).map(normalized))
      const { roots, owned } = await sorted(context, configMap, written?.metadata?.creationTimestamp)
      const facts = [listFact(context, roots, listed, show), ...ownedFacts(context, owned, listed, show)]
      return conclude(context, `ConfigMap ${configMap}`, facts)
    },
  }
}

const OWNER_COLUMNS =
  'custom-columns=NAME:.metadata.name,OWNER-KIND:.metadata.ownerReferences[0].kind,OWNER:.metadata.ownerReferences[0].name'

function ownersCommand(context: CheckContext, kind: string, name: string): string {
  return kubectl(context, 'get', kind, name, '-o', OWNER_COLUMNS)
}

function fits(seen: string, wanted: string): boolean {
  return wanted.endsWith('*') ? seen.startsWith(wanted.slice(0, -1)) : seen === wanted
}

/** Kinds that people make in a namespace, and those that follow from them. */
const KINDS = [
  'ConfigMap',
  'ControllerRevision',
  'CronJob',
  'DaemonSet',
  'Deployment',
  'EndpointSlice',
  'HorizontalPodAutoscaler',
  'Job',
  'PersistentVolumeClaim',
  'Pod',
  'PodDisruptionBudget',
  'ReplicaSet',
  'ResourceQuota',
  'Role',
  'RoleBinding',
  'Secret',
  'Service',
  'ServiceAccount',
  'StatefulSet',
]
const IN_EVERY_NAMESPACE = new Set(['ConfigMap/kube-root-ca.crt', 'ServiceAccount/default'])

async function sorted(
  context: CheckContext,
  list: string,
  at: Date | undefined,
): Promise<{ readonly roots: readonly string[]; readonly owned: readonly string[] }> {
  const { kube, namespace, signal } = context
  const objects = await Promise.all(
    KINDS.map(async (kind) => {
      const { apiVersion } = refOf(kind, '', namespace)
      const found = await kube.list<KubernetesObject>({ apiVersion, kind, namespace }, signal)
      return found.map((object) => ({ ...object, kind }))
    }),
  )
  const roots: string[] = []
  const owned: string[] = []
  for (const object of objects.flat()) {
    const name = nameOf(object)
    if (IN_EVERY_NAMESPACE.has(name) || name === `ConfigMap/${list}`) continue
    const { ownerReferences, creationTimestamp } = object.metadata ?? {}
    if (ownerReferences?.length) owned.push(name)
    else if (!at || !creationTimestamp || creationTimestamp.getTime() <= at.getTime()) roots.push(name)
  }
  return { roots, owned }
}

/** Of what is missing only the kind is told: to find the object is the exercise. */
function listFact(context: CheckContext, roots: readonly string[], listed: ReadonlySet<string>, command: string): Fact {
  const missing = roots.filter((name) => !listed.has(normalized(name)))
  const kinds = [...new Set(missing.map((name) => name.split('/')[0]))].join(', ')
  const of = (count: number): string =>
    say(context, {
      en: `${count} of ${roots.length} objects without an owner`,
      zh: `${roots.length} 个没有所有者的对象中的 ${count} 个`,
    })
  const without = kinds && say(context, { en: ` (missing: ${kinds})`, zh: `（缺少：${kinds}）` })
  return fact(of(roots.length), `${of(roots.length - missing.length)}${without}`, command)
}

function ownedFacts(context: CheckContext, owned: readonly string[], listed: ReadonlySet<string>, command: string): Fact[] {
  const wrong = owned.filter((name) => listed.has(normalized(name)))
  if (wrong.length === 0) return []
  const nothing = say(context, { en: 'nothing that has an owner', zh: '不包含有所有者的对象' })
  return [fact(nothing, wrong.join(', '), command, false)]
}

/** `statefulset.apps/web`, `statefulsets/web` and `StatefulSet/web` are the same. */
function normalized(name: string): string {
  const [kind = '', rest = ''] = name.toLowerCase().split('/')
  const [resource = ''] = kind.split('.')
  return `${resource.replace(/(?<!s)s$/, '')}/${rest}`
}
