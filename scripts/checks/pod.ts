import type { V1Pod } from '@kubernetes/client-node'
import { nodesOfRole } from '../cluster/nodes-port.ts'
import { explainPod } from '../kube/explain.ts'
import { KubernetesError, isUnreachable } from '../kube/kubernetes-error.ts'
import { isReady } from '../kube/ready.ts'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, fact, kubectl } from './facts.ts'
import { refOf } from './kinds.ts'

/** A Pod is ready, on a node of this role if one is named. */
export function podReady(name: string, { node }: { readonly node?: 'control-plane' | 'worker' } = {}): Check {
  return {
    id: `pod-ready/${name}`,
    kind: 'observe',
    title: {
      en: `Pod ${name} is ready${node === undefined ? '' : ` on the ${node} node`}`,
      zh: `Pod ${name} ${node === undefined ? '' : `在 ${node} 节点上`}已就绪`,
    },
    async run(context) {
      const pod = await readPod(context, name)
      const command = kubectl(context, 'get', 'pod', name, '-o', 'wide')
      const ready = say(context, { en: 'ready', zh: '就绪' })
      const seen =
        pod && isReady(pod) ? ready : say(context, await explainPod(context.kube, { ...context, name }, context.signal))
      const facts = [fact(ready, seen, command)]
      if (pod && node !== undefined) facts.push(await nodeFact(context, pod, node, command))
      return conclude(context, `Pod ${name}`, facts)
    },
  }
}

/**
 * A program in a Pod prints this. The most general look into a Pod: `podPrints('web', ['cat', '/tmp/a.txt'], 'hello world')`.
 * @param expected the whole output without white space around it, or an expression that it matches.
 * @param options.container default: the first one.
 */
export function podPrints(
  name: string,
  command: readonly string[],
  expected: string | RegExp,
  options: { readonly container?: string } = {},
): Check {
  const { container } = options
  const shown = typeof expected === 'string' ? `"${expected}"` : String(expected)
  return {
    id: `pod-prints/${name}/${command.join(' ')}`,
    kind: 'observe',
    title: {
      en: `In Pod ${name}, \`${command.join(' ')}\` prints ${shown}`,
      zh: `在 Pod ${name} 里，\`${command.join(' ')}\` 输出 ${shown}`,
    },
    async run(context) {
      const typed = kubectl(context, 'exec', name, ...(container === undefined ? [] : ['-c', container]), '--', ...command)
      const { answered, text } = await outputOf(context, name, command, options)
      const holds = answered && (typeof expected === 'string' ? text === expected : expected.test(text))
      return conclude(context, `Pod ${name}`, [fact(shown, holds && typeof expected === 'string' ? shown : text, typed, holds)])
    },
  }
}

/** What a program in a Pod said. A Pod that cannot run it is a result: `answered` is false and `text` says why. */
export async function outputOf(
  context: CheckContext,
  name: string,
  command: readonly string[],
  { container }: { readonly container?: string } = {},
): Promise<{ readonly answered: boolean; readonly text: string }> {
  const { kube, namespace, signal } = context
  const pod = await readPod(context, name)
  if (pod?.status?.phase !== 'Running' || pod.metadata?.deletionTimestamp) {
    return { answered: false, text: say(context, await explainPod(kube, { namespace, name }, signal)) }
  }
  try {
    const target = { namespace, name, ...(container !== undefined && { container }) }
    const { exitCode, stdout, stderr } = await kube.exec(target, command, { signal })
    const text = (stdout.trim() || stderr.trim()).replaceAll('\r', '')
    return exitCode === 0 ? { answered: true, text } : { answered: false, text: `${text || '-'} (exit code ${exitCode})` }
  } catch (error) {
    // The Pod may end between the two requests, or have no such program: the API has answered, and it is a no.
    if (!(error instanceof KubernetesError) || isUnreachable(error)) throw error
    return { answered: false, text: error.message }
  }
}

export function readPod({ kube, namespace, signal }: CheckContext, name: string): Promise<V1Pod | undefined> {
  return kube.get<V1Pod>(refOf('Pod', name, namespace), signal)
}

async function nodeFact(context: CheckContext, pod: V1Pod, role: 'control-plane' | 'worker', command: string) {
  const names = (await nodesOfRole(context.nodes, role, context.signal)).map(({ name }) => name)
  const on = (node: string): string => say(context, { en: `on ${node}`, zh: `在 ${node} 上` })
  const actual = pod.spec?.nodeName ?? '-'
  return fact(on(names.join(' / ')), on(actual), command, names.includes(actual))
}
