import type { V1PersistentVolume } from '@kubernetes/client-node'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, type Fact, fact, kubectl, kubectlAll } from './facts.ts'
import { bytesOf } from './quantity.ts'
import { readClaim, readVolume } from './volumes.ts'

export interface VolumeExpectation {
  /** The name of the provisioner that made it: `k8s-sigs.io/nfs-subdir-external-provisioner`. */
  readonly madeBy?: string
  readonly reclaimPolicy?: 'Delete' | 'Retain'
  readonly capacity?: string
}

/** The volume that a claim is bound to was made by this provisioner, and has these properties. */
export function claimVolume(claim: string, wanted: VolumeExpectation): Check {
  const { madeBy, reclaimPolicy, capacity } = wanted
  const listed = [capacity, reclaimPolicy].filter((detail) => detail !== undefined)
  const details = listed.length > 0 ? ` (${listed.join(', ')})` : ''
  return {
    id: `claim-volume/${claim}`,
    kind: 'observe',
    title:
      madeBy === undefined
        ? { en: `The volume of PVC ${claim}: ${listed.join(', ')}`, zh: `PVC ${claim} 的卷：${listed.join(', ')}` }
        : {
            en: `The volume of PVC ${claim} was made by ${madeBy}${details}`,
            zh: `PVC ${claim} 的卷由 ${madeBy} 创建${details}`,
          },
    async run(context) {
      const name = (await readClaim(context, claim))?.spec?.volumeName
      const volume = name === undefined ? undefined : await readVolume(context, name)
      if (!volume) {
        const none = say(context, { en: 'none yet', zh: '还没有' })
        return conclude(context, `PVC ${claim}`, [
          fact(say(context, { en: 'a volume', zh: '有卷' }), none, kubectl(context, 'get', 'pvc', claim)),
        ])
      }
      return conclude(context, `PV ${name}`, [
        ...(madeBy === undefined ? [] : [makerFact(context, volume, madeBy)]),
        ...(reclaimPolicy === undefined ? [] : [policyFact(volume, reclaimPolicy)]),
        ...(capacity === undefined ? [] : [capacityFact(volume, capacity)]),
      ])
    },
  }
}

function makerFact(context: CheckContext, { metadata }: V1PersistentVolume, madeBy: string): Fact {
  const maker = metadata?.annotations?.['pv.kubernetes.io/provisioned-by']
  const by = (who: string): string => say(context, { en: `made by ${who}`, zh: `由 ${who} 创建` })
  const observed = maker === undefined ? say(context, { en: 'made by hand', zh: '手工创建' }) : by(maker)
  return fact(by(madeBy), observed, get(metadata?.name, String.raw`metadata.annotations.pv\.kubernetes\.io/provisioned-by`))
}

function policyFact({ metadata, spec }: V1PersistentVolume, policy: string): Fact {
  const path = 'spec.persistentVolumeReclaimPolicy'
  return fact(policy, spec?.persistentVolumeReclaimPolicy ?? '-', get(metadata?.name, path))
}

function capacityFact({ metadata, spec }: V1PersistentVolume, capacity: string): Fact {
  const seen = spec?.capacity?.storage ?? '-'
  return fact(capacity, seen, get(metadata?.name, 'spec.capacity.storage'), bytesOf(seen) === bytesOf(capacity))
}

function get(name: string | undefined, path: string): string {
  return kubectlAll('get', 'pv', name ?? '', '-o', `jsonpath={.${path}}`)
}
