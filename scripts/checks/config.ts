import { posix } from 'node:path'
import type { V1ConfigMap, V1Container, V1EnvVar, V1Pod, V1Secret, V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { outputOf, readPod } from './pod.ts'

/** Where a setting lies: a key of a ConfigMap or of a Secret. */
export type SettingSource = { readonly key: string } & ({ readonly configMap: string } | { readonly secret: string })

/** A Pod's first container has an environment variable that comes from a ConfigMap or Secret, and its process sees it. */
export function envFromKey(pod: string, variable: string, source: SettingSource): Check {
  return {
    id: `env-from-key/${pod}/${variable}`,
    kind: 'observe',
    title: {
      en: `In Pod ${pod}, $${variable} comes from ${describe(source)}`,
      zh: `在 Pod ${pod} 里，$${variable} 来自 ${describe(source)}`,
    },
    async run(context) {
      const found = await readPod(context, pod)
      if (!found) return conclude(context, `Pod ${pod}`, [absent(context, pod)])
      const seen = sourceOfVariable(context, found.spec?.containers[0], variable)
      const shows = kubectl(context, 'get', 'pod', pod, '-o', 'jsonpath={.spec.containers[0].env}{.spec.containers[0].envFrom}')
      const { answered, text } = await readVariable(context, pod, variable)
      const set = say(context, { en: `$${variable} is set`, zh: `$${variable} 有值` })
      const empty = say(context, { en: `$${variable} is empty`, zh: `$${variable} 为空` })
      const observed = !answered ? text : text === '' ? empty : set
      return conclude(context, `Pod ${pod}`, [
        fact(describe(source), seen, shows),
        fact(set, observed, kubectl(context, 'exec', pod, '--', ...readingOf(variable))),
      ])
    },
  }
}

/**
 * A Pod's first container has a file that a ConfigMap or Secret is mounted as, with the value that it has now.
 * @param options.mode the file's permissions, such as `400`.
 */
export function fileFromKey(pod: string, path: string, source: SettingSource, { mode }: { readonly mode?: string } = {}): Check {
  return {
    id: `file-from-key/${pod}${path}`,
    kind: 'observe',
    title: {
      en: `In Pod ${pod}, ${path} is ${describe(source)}${mode === undefined ? '' : `, mode ${mode}`}`,
      zh: `在 Pod ${pod} 里，${path} 就是 ${describe(source)}${mode === undefined ? '' : `，权限 ${mode}`}`,
    },
    async run(context) {
      const found = await readPod(context, pod)
      if (!found) return conclude(context, `Pod ${pod}`, [absent(context, pod)])
      const shows = kubectl(context, 'get', 'pod', pod, '-o', 'jsonpath={.spec.volumes}{.spec.containers[0].volumeMounts}')
      const facts = [
        fact(objectOf(source), sourceOfFile(context, found, path), shows),
        await contentFact(context, pod, path, source),
      ]
      if (mode !== undefined) facts.push(await modeFact(context, pod, path, mode))
      return conclude(context, `Pod ${pod}`, facts)
    },
  }
}

/** What the environment of a Pod's first container has. Not every image has `printenv`. */
export function readVariable(context: CheckContext, pod: string, variable: string): ReturnType<typeof outputOf> {
  return outputOf(context, pod, readingOf(variable))
}

/** The program that prints a variable. */
export function readingOf(variable: string): readonly string[] {
  return ['sh', '-c', `echo "$${variable}"`]
}

/** The value of a key now; `undefined` when there is no such object or key. */
export async function valueOfKey({ kube, namespace, signal }: CheckContext, source: SettingSource): Promise<string | undefined> {
  if ('secret' in source) {
    const encoded = (await kube.get<V1Secret>(refOf('Secret', source.secret, namespace), signal))?.data?.[source.key]
    return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString()
  }
  return (await kube.get<V1ConfigMap>(refOf('ConfigMap', source.configMap, namespace), signal))?.data?.[source.key]
}

export function describe(source: SettingSource): string {
  return `${objectOf(source)} key ${source.key}`
}

function objectOf(source: SettingSource): string {
  return 'secret' in source ? `Secret ${source.secret}` : `ConfigMap ${source.configMap}`
}

/** A value is never shown: whoever reads a report need not know the Secret. */
async function contentFact(context: CheckContext, pod: string, path: string, source: SettingSource): Promise<Fact> {
  const value = await valueOfKey(context, source)
  const { answered, text } = await outputOf(context, pod, ['cat', path])
  const same = say(context, { en: `the value of ${describe(source)}`, zh: `${describe(source)} 的值` })
  const other = say(context, { en: `another value than ${describe(source)} has`, zh: `和 ${describe(source)} 不同的值` })
  const none = say(context, { en: `there is no ${describe(source)}`, zh: `没有 ${describe(source)}` })
  const holds = answered && value !== undefined && text === value.trim()
  const observed = holds ? same : value === undefined ? none : answered ? other : text
  return fact(same, observed, kubectl(context, 'exec', pod, '--', 'cat', path), holds)
}

async function modeFact(context: CheckContext, pod: string, path: string, mode: string): Promise<Fact> {
  const program = ['stat', '-L', '-c', '%a', path]
  const { text } = await outputOf(context, pod, program)
  const shown = (value: string): string => say(context, { en: `mode ${value}`, zh: `权限 ${value}` })
  return fact(shown(mode), shown(text), kubectl(context, 'exec', pod, '--', ...program))
}

function absent(context: CheckContext, pod: string): Fact {
  const none = say(context, { en: 'there is no such Pod', zh: '没有这个 Pod' })
  return fact(`Pod ${pod}`, none, kubectl(context, 'get', 'pod', pod))
}

function sourceOfVariable(context: CheckContext, container: V1Container | undefined, variable: string): string {
  const own = container?.env?.findLast(({ name }) => name === variable)
  if (own) return sourceOfEntry(context, own)
  for (const { prefix = '', configMapRef, secretRef } of container?.envFrom ?? []) {
    if (!variable.startsWith(prefix)) continue
    const key = variable.slice(prefix.length)
    if (configMapRef?.name) return describe({ configMap: configMapRef.name, key })
    if (secretRef?.name) return describe({ secret: secretRef.name, key })
  }
  return say(context, { en: `no variable ${variable}`, zh: `没有变量 ${variable}` })
}

function sourceOfEntry(context: CheckContext, { valueFrom }: V1EnvVar): string {
  const { configMapKeyRef, secretKeyRef } = valueFrom ?? {}
  if (configMapKeyRef?.name) return describe({ configMap: configMapKeyRef.name, key: configMapKeyRef.key })
  if (secretKeyRef?.name) return describe({ secret: secretKeyRef.name, key: secretKeyRef.key })
  return say(context, { en: 'written into the Pod', zh: '直接写在 Pod 里' })
}

/** The mount of the first container that a path lies in: the nearest above it. */
export function mountOf(pod: V1Pod, path: string): V1VolumeMount | undefined {
  const mounts = pod.spec?.containers[0]?.volumeMounts ?? []
  const above = mounts.filter(({ mountPath }) => isAbove(mountPath, path))
  return above.sort((a, b) => b.mountPath.length - a.mountPath.length)[0]
}

function sourceOfFile(context: CheckContext, pod: V1Pod, path: string): string {
  const volume = pod.spec?.volumes?.find(({ name }) => name === mountOf(pod, path)?.name)
  const [source] = volume ? sourcesOf(volume) : []
  return source ?? say(context, { en: 'no ConfigMap or Secret', zh: '没有 ConfigMap 或 Secret' })
}

function isAbove(mountPath: string, path: string): boolean {
  return !posix.relative(mountPath, path).startsWith('..')
}

function sourcesOf({ configMap, secret, projected }: V1Volume): string[] {
  const parts = [{ configMap: configMap?.name, secret: secret?.secretName }]
  for (const source of projected?.sources ?? []) parts.push({ configMap: source.configMap?.name, secret: source.secret?.name })
  return parts.flatMap((part) => [
    ...(part.configMap === undefined ? [] : [`ConfigMap ${part.configMap}`]),
    ...(part.secret === undefined ? [] : [`Secret ${part.secret}`]),
  ])
}
