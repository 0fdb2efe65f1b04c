import type { V1ConfigMap, V1Pod } from '@kubernetes/client-node'
import { isReady } from '../kube/ready.ts'
import { orWhenTimedOut } from '../wait/deadline.ts'
import { type Observation, poll } from '../wait/poll.ts'
import { type Check, type CheckContext, type Finding, say, unmet } from './check.ts'
import { envFromKey, fileFromKey, mountOf, readingOf, readVariable, valueOfKey } from './config.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'
import { outputOf, readPod } from './pod.ts'
import { restoring } from './restoring.ts'

export interface ConfigUse {
  readonly configMap: string
  readonly key: string
  /** The file that the key is mounted as. */
  readonly path: string
  /** The environment variable that the key is given as. */
  readonly variable: string
}

/**
 * A ConfigMap changes: in a running Pod the file follows without a restart, the environment variable does not. The tool
 * changes the key, looks, and changes it back.
 */
export function configChangeArrives(pod: string, use: ConfigUse): Check {
  const { configMap, key, path, variable } = use
  return {
    id: `config-change-arrives/${pod}/${configMap}/${key}`,
    kind: 'probe',
    title: {
      en: `When key ${key} of ConfigMap ${configMap} changes, ${path} follows without a restart, $${variable} does not`,
      zh: `ConfigMap ${configMap} 的 ${key} 改变后，${path} 不用重启就跟着变，$${variable} 不变`,
    },
    async run(context) {
      const before = await readPod(context, pod)
      const value = await valueOfKey(context, { configMap, key })
      if (!before || !isReady(before) || value === undefined) {
        return unmet(
          say(context, { en: `Pod ${pod} is not ready, or the key is missing`, zh: `Pod ${pod} 没有就绪，或者缺少这个键` }),
        )
      }
      const never = await whyNever(context, before, use)
      if (never) return conclude(context, `ConfigMap ${configMap}`, [never])
      const started = await readVariable(context, pod, variable)
      if (!started.answered || started.text === '') {
        return unmet(say(context, { en: `Pod ${pod} has no $${variable}`, zh: `Pod ${pod} 里没有 $${variable}` }))
      }
      let arrived = false
      const work = async (): Promise<Finding> => {
        const changed = `${value.trim()} (${say(context, { en: 'changed for a moment', zh: '临时改动' })})`
        const arrival = await changeAndLook(context, pod, use, changed)
        arrived = arrival.file === changed
        const after = await readPod(context, pod)
        return conclude(context, `ConfigMap ${configMap}`, [
          fileFact(context, pod, path, changed, arrival.file),
          variableFact(context, pod, variable, { started: started.text, seen: arrival.variable }),
          sameContainer(context, before, after),
        ])
      }
      return restoring(work, async (signal) => {
        await setKey({ ...context, signal }, use, value)
        // What did not follow there does not follow back.
        if (arrived) await untilArrived({ ...context, signal }, pod, use, value)
      })
    },
    /** A variable keeps what the key was when the container started: where file and key agree on something else, it changed. */
    async proven(context) {
      const source = { configMap, key }
      const [file, variableSet] = [
        await fileFromKey(pod, path, source).run(context),
        await envFromKey(pod, variable, source).run(context),
      ]
      const value = (await valueOfKey(context, source))?.trim()
      const found = await readPod(context, pod)
      if (!file.met || !variableSet.met || value === undefined || !found) return undefined
      const { answered, text } = await readVariable(context, pod, variable)
      if (!answered || text === value) return undefined
      const finding = conclude(context, `ConfigMap ${configMap}`, [
        fileFact(context, pod, path, value, value),
        variableFact(context, pod, variable, { started: text, seen: text }),
      ])
      return { ...finding, evidence: [...finding.evidence, ...variableSet.evidence] }
    },
  }
}

/** The kubelet looks at a Pod at least once a minute, and refreshes its files a moment later. */
const ARRIVAL_MS = 100_000
const INTERVAL_MS = 300

interface Arrival {
  readonly file: string
  readonly variable: string
}

async function changeAndLook(context: CheckContext, pod: string, use: ConfigUse, to: string): Promise<Arrival> {
  await setKey(context, use, to)
  const file = await untilArrived(context, pod, use, to)
  return { file, variable: (await readVariable(context, pod, use.variable)).text }
}

async function setKey({ kube, namespace, signal }: CheckContext, { configMap, key }: ConfigUse, to: string): Promise<void> {
  await kube.patch(refOf('ConfigMap', configMap, namespace), { data: { [key]: to } }, signal)
}

/**
 * Waits until the file has a value. A change of the Pod's annotations makes the kubelet look at once: *Configure a Pod to
 * Use a ConfigMap* in the Kubernetes documentation, "Mounted ConfigMaps are updated automatically".
 * @returns what the file has, also when it is another one after the deadline.
 */
async function untilArrived(context: CheckContext, pod: string, { path }: ConfigUse, value: string): Promise<string> {
  const { signal, progress: onSeen } = context
  const what = say(context, { en: `${path} follows`, zh: `${path} 更新` })
  let file = ''
  const look = async (within: AbortSignal): Promise<Observation<true>> => {
    file = (await outputOf({ ...context, signal: within }, pod, ['cat', path])).text
    return file === value.trim() ? { value: true, seen: file } : { seen: `${path}: ${file}` }
  }
  await annotate(context, pod, new Date().toISOString())
  await orWhenTimedOut(poll(look, { what, intervalMs: INTERVAL_MS, timeoutMs: ARRIVAL_MS, signal, onSeen }), () => {})
  await annotate(context, pod, null)
  return file
}

async function annotate({ kube, namespace, signal }: CheckContext, pod: string, value: string | null): Promise<void> {
  await kube.patch(refOf('Pod', pod, namespace), { metadata: { annotations: { [LOOK_AT]: value } } }, signal)
}

const LOOK_AT = 'statelab.dev/look-at'

/** What keeps the file from ever changing; it need not be waited for. */
async function whyNever(context: CheckContext, pod: V1Pod, { configMap, path }: ConfigUse): Promise<Fact | undefined> {
  const { kube, namespace, signal } = context
  const mount = mountOf(pod, path)
  if (mount?.subPath !== undefined || mount?.subPathExpr !== undefined) {
    const shows = kubectl(context, 'get', 'pod', pod.metadata?.name ?? '', '-o', 'jsonpath={.spec.containers[0].volumeMounts}')
    const whole = say(context, { en: `${path} of a volume that is mounted whole`, zh: `${path} 来自整个挂载的卷` })
    const copy = say(context, {
      en: `${path} by subPath: a copy that is never refreshed`,
      zh: `${path} 用 subPath 挂载：一份永远不会更新的拷贝`,
    })
    return fact(whole, copy, shows)
  }
  if (!(await kube.get<V1ConfigMap>(refOf('ConfigMap', configMap, namespace), signal))?.immutable) return undefined
  const shows = kubectl(context, 'get', 'configmap', configMap, '-o', 'jsonpath={.immutable}')
  return fact(say(context, { en: 'a ConfigMap that can change', zh: '可以修改的 ConfigMap' }), 'immutable: true', shows)
}

function fileFact(context: CheckContext, pod: string, path: string, changed: string, seen: string): Fact {
  return fact(`${path}: ${changed}`, `${path}: ${seen}`, kubectl(context, 'exec', pod, '--', 'cat', path))
}

function variableFact(
  context: CheckContext,
  pod: string,
  variable: string,
  { started, seen }: { readonly started: string; readonly seen: string },
): Fact {
  const command = kubectl(context, 'exec', pod, '--', ...readingOf(variable))
  return fact(`$${variable}: ${started}`, `$${variable}: ${seen}`, command)
}

function sameContainer(context: CheckContext, before: V1Pod, after: V1Pod | undefined): Fact {
  const started = (pod: V1Pod | undefined): string =>
    `${pod?.metadata?.uid}, restartCount ${pod?.status?.containerStatuses?.[0]?.restartCount}`
  const still = say(context, { en: 'still UID', zh: 'UID 仍是' })
  const path = 'jsonpath={.metadata.uid} {.status.containerStatuses[0].restartCount}'
  const command = kubectl(context, 'get', 'pod', before.metadata?.name ?? '', '-o', path)
  return fact(`${still} ${started(before)}`, `${still} ${started(after)}`, command)
}
