import { posix } from 'node:path'
import type { V1DaemonSet, V1Pod } from '@kubernetes/client-node'
import { type Check, type CheckContext, say } from './check.ts'
import { nodesOf, podsOf } from './daemonset.ts'
import { directoryOf } from './export-place.ts'
import { conclude, type Fact, fact } from './facts.ts'
import { refOf } from './kinds.ts'

/**
 * On a claim there is a file for every node, named as the node is, with one line that begins with its name; and the
 * agent that runs on the node now has written it, no earlier one.
 * @param by the DaemonSet whose Pods write.
 */
export function lineForEachNode({ claim, by }: { readonly claim: string; readonly by: string }): Check {
  return {
    id: `line-for-each-node/${claim}`,
    kind: 'observe',
    title: {
      en: `PVC ${claim} has one line for every node, from the agent that runs there now`,
      zh: `PVC ${claim} 上每个节点各有一行，由现在运行在该节点上的 agent 写入`,
    },
    async run(context) {
      const { kube, namespace, signal } = context
      const subject = `PVC ${claim}`
      const found = await directoryOf(context, claim)
      if ('missing' in found) return conclude(context, subject, [found.missing])
      const set = await kube.get<V1DaemonSet>(refOf('DaemonSet', by, namespace), signal)
      const [nodes, pods] = await Promise.all([nodesOf(context), podsOf(context, set?.metadata?.uid)])
      const facts = nodes.map(async (node) => {
        const line = await lineFact(context, found.directory, node)
        if (!line.holds) return [line]
        return [
          line,
          await writtenFact(
            context,
            found.directory,
            pods.find(({ spec }) => spec?.nodeName === node),
            node,
          ),
        ]
      })
      return conclude(context, subject, (await Promise.all(facts)).flat())
    },
  }
}

async function lineFact(context: CheckContext, directory: string, node: string): Promise<Fact> {
  const file = posix.join(directory, node)
  const text = await context.export.read(file, context.signal)
  const lines = text?.split('\n').filter((line) => line !== '') ?? []
  const of = (what: string): string => say(context, { en: `file ${node}: ${what}`, zh: `文件 ${node}：${what}` })
  const count = say(context, { en: `${lines.length} lines`, zh: `${lines.length} 行` })
  const seen = text === undefined ? say(context, { en: 'none', zh: '没有' }) : lines.length === 1 ? (lines[0] ?? '') : count
  const holds = lines.length === 1 && lines[0]?.split(/\s/)[0] === node
  return fact(of(`${node} …`), of(seen.slice(0, SHOWN)), context.export.command(file), holds)
}

const SHOWN = 100

/** The start of a container is told in whole seconds, rounded down: a line of that very second is its own. */
async function writtenFact(context: CheckContext, directory: string, pod: V1Pod | undefined, node: string): Promise<Fact> {
  const entries = await context.export.list(directory, context.signal)
  const written = entries?.find(({ name }) => name === node)?.modifiedAt
  const started = pod?.status?.containerStatuses?.[0]?.state?.running?.startedAt
  const name = pod?.metadata?.name ?? '-'
  const expected = say(context, {
    en: `written since Pod ${name} runs there (${started?.toISOString() ?? 'it does not'})`,
    zh: `在 Pod ${name} 运行之后写入（${started?.toISOString() ?? '没有在运行'}）`,
  })
  const observed = say(context, { en: `written ${written?.toISOString()}`, zh: `写于 ${written?.toISOString()}` })
  const holds = written !== undefined && started !== undefined && written.getTime() >= started.getTime()
  return fact(expected, observed, context.export.command(directory), holds)
}
