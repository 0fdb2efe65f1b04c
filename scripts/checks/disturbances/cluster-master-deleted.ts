import { type CheckContext, say, unmet } from '../check.ts'
import { podDeleted } from '../disturbances.ts'
import { parseClusterNodes } from '../redis-cluster.ts'
import { redisCli } from '../redis-cli.ts'
import type { Disturbance } from '../survives.ts'

/**
 * The Pod of a master that serves slots is deleted: of the first of these Pods that is one now. It comes back with another
 * IP. Which Redis is a master then, it or its replica, depends on who was faster.
 */
export function clusterMasterDeleted(pods: readonly string[]): Disturbance {
  return {
    id: 'cluster-master-deleted',
    title: { en: 'the Pod of a master was deleted', zh: '一个主节点的 Pod 被删除' },
    async run(context) {
      const master = await firstMaster(context, pods)
      if (master === undefined) {
        return unmet(
          say(context, {
            en: 'there is no master with slots, so nothing was deleted',
            zh: '没有哪个主节点持有槽，所以没有删除任何 Pod',
          }),
        )
      }
      return podDeleted(master, { newAddress: true }).run(context)
    },
  }
}

async function firstMaster(context: CheckContext, pods: readonly string[]): Promise<string | undefined> {
  for (const pod of pods) {
    const { text } = await redisCli(context, pod, ['CLUSTER', 'NODES'])
    const myself = parseClusterNodes(text).find(({ flags }) => flags.includes('myself'))
    if (myself?.flags.includes('master') && myself.slots > 0) return pod
  }
  return undefined
}
