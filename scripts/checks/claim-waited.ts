import type { V1PersistentVolumeClaim } from '@kubernetes/client-node'
import { eventsAbout } from '../kube/describe.ts'
import { type Check, type CheckContext, say } from './check.ts'
import { eventsCommand } from './events.ts'
import { conclude, type Fact, fact, kubectl, kubectlAll } from './facts.ts'
import { readClaim, readVolume } from './volumes.ts'

/**
 * A claim has had to wait for a volume: it is Pending and an event says why, or it is bound by now, to a volume that was
 * made after it. So this stays met when the volume has come, also when the event is forgotten.
 * @param options.because what the event about the claim must say.
 */
export function pvcWaited(name: string, options: { readonly because: RegExp }): Check {
  return {
    id: `pvc-waited/${name}`,
    kind: 'observe',
    title: { en: `PVC ${name} had to wait for a volume`, zh: `PVC ${name} 曾经等待卷` },
    async run(context) {
      const claim = await readClaim(context, name)
      if (!claim) {
        const none = say(context, { en: 'none', zh: '没有' })
        const wanted = say(context, { en: 'a PVC of this name', zh: '有这个名字的 PVC' })
        return conclude(context, `PVC ${name}`, [fact(wanted, none, kubectl(context, 'get', 'pvc', name))])
      }
      const { told, reason } = await eventFact(context, name, options.because)
      if (claim.status?.phase !== 'Bound') {
        const phase = claim.status?.phase ?? '-'
        return conclude(context, `PVC ${name}`, [fact('Pending', phase, kubectl(context, 'get', 'pvc', name)), reason])
      }
      const facts = [await youngerVolume(context, claim, told)]
      return conclude(context, `PVC ${name}`, told ? [...facts, reason] : facts)
    },
  }
}

async function eventFact(context: CheckContext, name: string, because: RegExp): Promise<{ told: boolean; reason: Fact }> {
  const { kube, namespace, signal } = context
  const events = await eventsAbout(kube, { namespace, name }, 'PersistentVolumeClaim', signal)
  const found = events.findLast(({ message = '' }) => because.test(message))
  const seen = (found ?? events.at(-1))?.message ?? say(context, { en: 'no event', zh: '没有事件' })
  const command = eventsCommand(context, 'PersistentVolumeClaim', name)
  return { told: found !== undefined, reason: fact(String(because), seen, command, found !== undefined) }
}

/** Whole seconds are all that objects tell of their age: within one second the event decides. */
async function youngerVolume(context: CheckContext, claim: V1PersistentVolumeClaim, told: boolean): Promise<Fact> {
  const volumeName = claim.spec?.volumeName ?? ''
  const made = (await readVolume(context, volumeName))?.metadata?.creationTimestamp?.getTime() ?? 0
  const asked = claim.metadata?.creationTimestamp?.getTime() ?? 0
  const at = (moment: number): string => new Date(moment).toISOString()
  return fact(
    say(context, { en: `a volume made after the claim (${at(asked)})`, zh: `卷的创建晚于 PVC（${at(asked)}）` }),
    say(context, { en: `PV ${volumeName} made ${at(made)}`, zh: `PV ${volumeName} 创建于 ${at(made)}` }),
    kubectlAll('get', 'pv', volumeName, '-o', 'jsonpath={.metadata.creationTimestamp}'),
    made > asked || (made === asked && told),
  )
}
