import type { V1PersistentVolume } from '@kubernetes/client-node'
import type { Text } from '../text.ts'
import { type Check, type CheckContext, say } from './check.ts'
import { fileFact } from './export-file.ts'
import { conclude, type Fact, fact, kubectl, kubectlAll } from './facts.ts'
import { readClaim } from './volumes.ts'

/** What a StorageClass has done with the directory of a claim that is gone. */
export type Fate = 'deleted' | 'kept' | 'archived'

/**
 * A claim that the lab began with was deleted, its volume went with it, and its directory has had this fate.
 * @param options.file of a directory that is still there: the file in it, with the text in it.
 */
export function reclaimed(
  claim: string,
  options: { readonly directory: Fate; readonly file?: { readonly name: string; readonly contains: string } },
): Check {
  const { directory: fate, file } = options
  return {
    id: `reclaimed/${claim}`,
    kind: 'observe',
    title: {
      en: `PVC ${claim} and its volume are gone, ${FATES[fate].en}`,
      zh: `PVC ${claim} 和它的卷都没有了，${FATES[fate].zh}`,
    },
    async run(context) {
      const facts = [await claimFact(context, claim), await volumeFact(context, claim)]
      const directories = await directoriesOf(context, claim)
      facts.push(directoryFact(context, directories, fate))
      const [directory] = directories
      if (file && directory !== undefined) facts.push(await fileFact(context, `${directory}/${file.name}`, file.contains))
      return conclude(context, `PVC ${claim}`, facts)
    },
  }
}

const FATES: Readonly<Record<Fate, Text>> = {
  deleted: { en: 'the directory as well', zh: '目录也没有了' },
  kept: { en: 'the directory is kept', zh: '目录保留着' },
  archived: { en: 'the directory is archived', zh: '目录已归档' },
}

async function claimFact(context: CheckContext, name: string): Promise<Fact> {
  const claim = await readClaim(context, name)
  const gone = say(context, { en: 'the PVC gone', zh: 'PVC 已删除' })
  const state = claim?.metadata?.deletionTimestamp ? 'Terminating' : claim?.status?.phase
  const there = say(context, { en: `the PVC is ${state}`, zh: `PVC 处于 ${state}` })
  return fact(gone, claim ? there : gone, kubectl(context, 'get', 'pvc', name))
}

async function volumeFact(context: CheckContext, claim: string): Promise<Fact> {
  const { kube, namespace, signal } = context
  const volumes = await kube.list<V1PersistentVolume>({ apiVersion: 'v1', kind: 'PersistentVolume' }, signal)
  const left = volumes.find(({ spec }) => spec?.claimRef?.namespace === namespace && spec.claimRef.name === claim)
  const gone = say(context, { en: 'no PV of it', zh: '没有它的 PV' })
  return fact(gone, left ? `PV ${left.metadata?.name} ${left.status?.phase}` : gone, kubectlAll('get', 'pv'))
}

/** The volume is gone and took its name with it, but the provisioner names directories by a rule. */
async function directoriesOf({ namespace, export: exported, signal }: CheckContext, claim: string): Promise<string[]> {
  const name = new RegExp(`^(archived-)?${namespace}-${claim}-pvc-[-0-9a-f]{36}$`)
  const entries = (await exported.list('', signal)) ?? []
  return entries.filter((entry) => entry.kind === 'directory' && name.test(entry.name)).map((entry) => entry.name)
}

function directoryFact(context: CheckContext, directories: readonly string[], fate: Fate): Fact {
  const none = say(context, { en: 'no directory of it on the server', zh: '服务器上没有它的目录' })
  const prefix = `${fate === 'archived' ? 'archived-' : ''}${context.namespace}-…`
  const expected = fate === 'deleted' ? none : say(context, { en: `a directory ${prefix}`, zh: `目录 ${prefix}` })
  const holds =
    fate === 'deleted'
      ? directories.length === 0
      : directories.length === 1 && directories.every((name) => name.startsWith('archived-') === (fate === 'archived'))
  return fact(expected, directories.join(', ') || none, context.export.command(''), holds)
}
