import { type NodeMachine, nodesOfRole } from '../cluster/nodes-port.ts'
import type { Text } from '../text.ts'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { readPod } from './pod.ts'
import type { Lasting } from './survives.ts'

/** Which node's disk: one by its role, or the one a Pod is on. */
export type OnNode = { readonly node: NodeMachine['role'] } | { readonly nodeOf: string }

export type NodeFile = OnNode & {
  /** Absolute path on the node. */
  readonly path: string
}

/** A file is on a node's own disk, with the text in it if one is given. */
export function nodeFile(file: NodeFile & { readonly contains?: string }): Lasting {
  const { path, contains } = file
  const where = placeOf(file)
  const listed = (quoted: string): string => (contains === undefined ? '' : quoted)
  return {
    id: `node-file/${keyOf(file)}${path}`,
    kind: 'observe',
    title: {
      en: `${path} is on the disk of ${where.en}${listed(`, with "${contains}" in it`)}`,
      zh: `${where.zh}的磁盘上有 ${path}${listed(`，其中有 "${contains}"`)}`,
    },
    async run(context) {
      const found = await nodeOf(context, file)
      if ('missing' in found) return conclude(context, say(context, where), [found.missing])
      const { exitCode, stdout, stderr } = await context.nodes.run(found.node, ['cat', path], context.signal)
      const expected = contains === undefined ? path : `"${contains}"`
      const holds = exitCode === 0 && (contains === undefined || stdout.includes(contains))
      const observed = holds ? expected : exitCode === 0 ? JSON.stringify(stdout.trim().slice(0, SHOWN)) : stderr.trim()
      return conclude(context, say(context, { en: `Node ${found.node}`, zh: `节点 ${found.node}` }), [
        fact(expected, observed, context.nodes.command(found.node, ['cat', path]), holds),
      ])
    },
    async provenSince(context, moment) {
      const found = await nodeOf(context, file)
      if ('missing' in found) return undefined
      const command = ['stat', '-c', '%Y', path]
      const { exitCode, stdout } = await context.nodes.run(found.node, command, context.signal)
      const written = new Date(Number(stdout.trim()) * 1_000)
      // Whole seconds: a file of the same second may be the younger one.
      if (exitCode !== 0 || !(written.getTime() + 1_000 <= moment.getTime())) return undefined
      return conclude(context, path, [
        fact(
          say(context, { en: `written before ${moment.toISOString()}`, zh: `写于 ${moment.toISOString()} 之前` }),
          say(context, { en: `written ${written.toISOString()}`, zh: `写于 ${written.toISOString()}` }),
          context.nodes.command(found.node, command),
          true,
        ),
      ])
    },
  }
}

/** The opposite: a node that can be looked at has no such file. */
export function noNodeFile(file: NodeFile): Check {
  const { path } = file
  const where = placeOf(file)
  return {
    id: `no-node-file/${keyOf(file)}${path}`,
    kind: 'observe',
    title: { en: `${path} is not on the disk of ${where.en}`, zh: `${where.zh}的磁盘上没有 ${path}` },
    async run(context) {
      const found = await nodeOf(context, file)
      if ('missing' in found) return conclude(context, say(context, where), [found.missing])
      const command = ['ls', '-d', path]
      const { exitCode, stdout, stderr } = await context.nodes.run(found.node, command, context.signal)
      // A node that is off fails as well; only this failure says that there is no file.
      const absent = exitCode !== 0 && /No such file/.test(stderr)
      const none = say(context, { en: `no ${path}`, zh: `没有 ${path}` })
      return conclude(context, say(context, { en: `Node ${found.node}`, zh: `节点 ${found.node}` }), [
        fact(none, absent ? none : stdout.trim() || stderr.trim(), context.nodes.command(found.node, command), absent),
      ])
    },
  }
}

const SHOWN = 100

async function nodeOf(context: CheckContext, on: OnNode): Promise<{ readonly node: string } | { readonly missing: Fact }> {
  if ('node' in on) {
    const [machine] = await nodesOfRole(context.nodes, on.node, context.signal)
    if (machine) return { node: machine.name }
    const none = say(context, { en: 'none', zh: '没有' })
    const wanted = say(context, { en: `a ${on.node} node`, zh: `${on.node} 节点` })
    return { missing: fact(wanted, none, 'kubectl get nodes') }
  }
  const pod = await readPod(context, on.nodeOf)
  if (pod?.spec?.nodeName) return { node: pod.spec.nodeName }
  const observed = pod
    ? say(context, { en: `Pod ${on.nodeOf} has none yet`, zh: `Pod ${on.nodeOf} 还没有节点` })
    : say(context, { en: `there is no Pod ${on.nodeOf}`, zh: `没有 Pod ${on.nodeOf}` })
  const wanted = say(context, { en: `the node of Pod ${on.nodeOf}`, zh: `Pod ${on.nodeOf} 所在的节点` })
  return { missing: fact(wanted, observed, kubectl(context, 'get', 'pod', on.nodeOf, '-o', 'wide')) }
}

function placeOf(on: OnNode): Text {
  if ('node' in on) return { en: `the ${on.node} node`, zh: ` ${on.node} 节点` }
  return { en: `the node of Pod ${on.nodeOf}`, zh: `Pod ${on.nodeOf} 所在节点` }
}

function keyOf(on: OnNode): string {
  return 'node' in on ? on.node : `of-${on.nodeOf}`
}
