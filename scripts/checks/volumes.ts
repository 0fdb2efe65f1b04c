import type {
  KubernetesObject,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1PodTemplateSpec,
  V1StatefulSet,
} from '@kubernetes/client-node'
import { explainClaim } from '../kube/explain.ts'
import type { Text } from '../text.ts'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, fact, kubectl, kubectlAll } from './facts.ts'
import { refOf } from './kinds.ts'
import { bytesOf } from './quantity.ts'

export interface ClaimExpectation {
  readonly storageClass?: string
  readonly accessMode?: 'ReadWriteOnce' | 'ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOncePod'
  /** The size asked for: `100Mi`. */
  readonly request?: string
}

/** A claim is bound, to a volume that is bound to it, and asks for what it should ask for. */
export function pvcBound(name: string, wanted: ClaimExpectation = {}): Check {
  const details = [wanted.storageClass, wanted.accessMode, wanted.request].filter((detail) => detail !== undefined)
  const listed = details.length > 0 ? ` (${details.join(', ')})` : ''
  return {
    id: `pvc-bound/${name}`,
    kind: 'observe',
    title: { en: `PVC ${name} is bound${listed}`, zh: `PVC ${name} 已绑定${listed}` },
    async run(context) {
      const claim = await readClaim(context, name)
      const command = kubectl(context, 'get', 'pvc', name)
      if (!claim)
        return conclude(context, `PVC ${name}`, [
          fact(
            say(context, { en: 'a PVC of this name', zh: '有这个名字的 PVC' }),
            say(context, { en: 'none', zh: '没有' }),
            command,
          ),
        ])
      const ofClass = (storageClass: string): string =>
        say(context, { en: `class ${storageClass}`, zh: `存储类 ${storageClass}` })
      const askedFor = (size: string): string => say(context, { en: `${size} asked for`, zh: `申请 ${size}` })
      const facts = []
      if (wanted.storageClass !== undefined) {
        facts.push(
          fact(
            ofClass(wanted.storageClass),
            ofClass(claim.spec?.storageClassName || say(context, { en: 'none', zh: '没有' })),
            command,
          ),
        )
      }
      if (wanted.accessMode !== undefined) {
        facts.push(
          fact(
            wanted.accessMode,
            claim.spec?.accessModes?.join(', ') ?? say(context, { en: 'no access mode', zh: '没有访问模式' }),
            command,
          ),
        )
      }
      if (wanted.request !== undefined) {
        const asked = claim.spec?.resources?.requests?.storage ?? '0'
        facts.push(fact(askedFor(wanted.request), askedFor(asked), command, bytesOf(asked) === bytesOf(wanted.request)))
      }
      return conclude(context, `PVC ${name}`, [...facts, await boundFact(context, claim, command)])
    },
  }
}

/**
 * A claim waits for a volume. For hints.
 * @param options.because what the reason must say, in English as `explainClaim` gives it: `/no StorageClass/`.
 */
export function pvcPending(name: string, options: { readonly because?: RegExp } = {}): Check {
  const { because = / Pending/ } = options
  return {
    id: `pvc-pending/${name}`,
    kind: 'observe',
    title: { en: `PVC ${name} is pending`, zh: `PVC ${name} 处于 Pending` },
    async run(context) {
      const seen = await explainClaim(context.kube, { namespace: context.namespace, name }, context.signal)
      const waits = seen.en.startsWith(`PVC ${name} Pending`) && because.test(seen.en)
      return conclude(context, `PVC ${name}`, [
        fact('Pending', say(context, seen), kubectl(context, 'describe', 'pvc', name), waits),
      ])
    },
  }
}

/**
 * A Pod, or what a StatefulSet, Deployment or DaemonSet runs, mounts a volume at a path.
 * @param options.claimTemplate the volume comes from the StatefulSet's claim template of this name.
 * @param options.claim the volume is the claim of this name.
 * @param options.container default: the first one.
 */
export function mountedAt(
  kind: 'Pod' | 'StatefulSet' | 'Deployment' | 'DaemonSet',
  name: string,
  options: { readonly path: string; readonly container?: string } & (
    | { readonly claimTemplate: string }
    | { readonly claim: string }
  ),
): Check {
  const { path } = options
  const source: Text =
    'claim' in options
      ? { en: `PVC ${options.claim}`, zh: `PVC ${options.claim}` }
      : { en: `claim template ${options.claimTemplate}`, zh: `申领模板 ${options.claimTemplate}` }
  return {
    id: `mounted-at/${name}${path}`,
    kind: 'observe',
    title: { en: `${kind} ${name} mounts ${source.en} at ${path}`, zh: `${kind} ${name} 把 ${source.zh} 挂载到 ${path}` },
    async run(context) {
      const owner = await context.kube.get<V1StatefulSet>(refOf(kind, name, context.namespace), context.signal)
      const command = kubectl(
        context,
        'get',
        kind.toLowerCase(),
        name,
        '-o',
        `jsonpath={${kind === 'Pod' ? '' : '.spec.template'}.spec.containers[*].volumeMounts}`,
      )
      if (!owner)
        return conclude(context, `${kind} ${name}`, [
          fact(
            say(context, { en: `a ${kind} of this name`, zh: `有这个名字的 ${kind}` }),
            say(context, { en: 'none', zh: '没有' }),
            command,
          ),
        ])
      const template = kind === 'Pod' ? (owner as KubernetesObject as V1PodTemplateSpec) : owner.spec?.template
      const volume = 'claim' in options ? volumeOfClaim(template, options.claim) : templateName(owner, options.claimTemplate)
      const mounts = containerOf(template, options.container)?.volumeMounts ?? []
      const mount = mounts.find(({ name: mounted }) => mounted === volume)
      const at = (where: string): string => say(context, { en: `${source.en} at ${where}`, zh: `${source.zh} 挂载到 ${where}` })
      const unmounted =
        volume === undefined
          ? say(context, { en: `no ${source.en}`, zh: `没有 ${source.zh}` })
          : say(context, { en: `${source.en} not mounted`, zh: `${source.zh} 没有挂载` })
      return conclude(context, `${kind} ${name}`, [
        fact(
          at(path),
          mount ? at(mount.mountPath) : unmounted,
          command,
          mount !== undefined && trimmed(mount.mountPath) === trimmed(path),
        ),
      ])
    },
  }
}

export function readClaim({ kube, namespace, signal }: CheckContext, name: string): Promise<V1PersistentVolumeClaim | undefined> {
  return kube.get<V1PersistentVolumeClaim>(refOf('PersistentVolumeClaim', name, namespace), signal)
}

export function readVolume({ kube, signal }: CheckContext, name: string): Promise<V1PersistentVolume | undefined> {
  return kube.get<V1PersistentVolume>(refOf('PersistentVolume', name, ''), signal)
}

/** Bound means that both say so: a claim whose volume was deleted, or that names a volume of another claim, is not. */
async function boundFact(context: CheckContext, claim: V1PersistentVolumeClaim, command: string) {
  const name = claim.metadata?.name ?? ''
  if (claim.status?.phase !== 'Bound') {
    const seen = await explainClaim(context.kube, { namespace: context.namespace, name }, context.signal)
    return fact('Bound', say(context, seen).replace(`PVC ${name} `, ''), command)
  }
  const volumeName = claim.spec?.volumeName ?? ''
  const volume = await readVolume(context, volumeName)
  const holds = volume !== undefined && volume.spec?.claimRef?.uid === claim.metadata?.uid
  const observed = holds
    ? say(context, { en: `Bound to PV ${volumeName}`, zh: `Bound，PV ${volumeName}` })
    : volume
      ? say(context, { en: `PV ${volumeName} belongs to another claim`, zh: `PV ${volumeName} 属于另一个 PVC` })
      : say(context, { en: `PV ${volumeName} is gone`, zh: `PV ${volumeName} 不在了` })
  return fact('Bound', observed, kubectlAll('get', 'pv', volumeName), holds)
}

function volumeOfClaim(template: V1PodTemplateSpec | undefined, claim: string): string | undefined {
  return template?.spec?.volumes?.find(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim)?.name
}

function templateName(owner: V1StatefulSet, template: string): string | undefined {
  return owner.spec?.volumeClaimTemplates?.find(({ metadata }) => metadata?.name === template)?.metadata?.name
}

function containerOf(template: V1PodTemplateSpec | undefined, name: string | undefined) {
  const containers = template?.spec?.containers ?? []
  return name === undefined ? containers[0] : containers.find((container) => container.name === name)
}

function trimmed(path: string): string {
  return path.replace(/(?<=.)\/+$/, '')
}
