import { type NodeMachine, nodesOfRole } from '../cluster/nodes-port.ts'
import { EXPORT_PATH } from '../nfs/export-path.ts'
import { type Check, say } from './check.ts'
import { conclude, fact } from './facts.ts'

/** The whole export of an NFS server is mounted at a path of a node, by the kernel's client or by the one of the node image. */
export function nodeMount({ node, path }: { readonly node: NodeMachine['role']; readonly path: string }): Check {
  return {
    id: `node-mount/${node}${path}`,
    kind: 'observe',
    title: { en: `The export is mounted at ${path} on the ${node} node`, zh: `${node} 节点把 NFS 导出目录挂载到了 ${path}` },
    async run(context) {
      const [machine] = await nodesOfRole(context.nodes, node, context.signal)
      const name = machine?.name ?? node
      const command = ['findmnt', '-rno', 'SOURCE,FSTYPE', '--mountpoint', path]
      const { stdout } = machine ? await context.nodes.run(name, command, context.signal) : { stdout: '' }
      // One mount hides those below it: the last was made last.
      const [source = '', type = ''] = stdout.trim().split('\n').at(-1)?.split(' ') ?? []
      const mounted = (from: string): string => say(context, { en: `${from} mounted at ${path}`, zh: `${from} 挂载在 ${path}` })
      const holds = source.endsWith(`:${EXPORT_PATH}`) && NFS.test(type)
      const nothing = say(context, { en: `nothing mounted at ${path}`, zh: `${path} 上没有挂载` })
      return conclude(context, say(context, { en: `Node ${name}`, zh: `节点 ${name}` }), [
        fact(
          mounted(`SERVER:${EXPORT_PATH}`),
          source === '' ? nothing : mounted(`${source} (${type})`),
          context.nodes.command(name, command),
          holds,
        ),
      ])
    },
  }
}

const NFS = /^(fuse\.)?nfs4?$/
