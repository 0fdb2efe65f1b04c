import { posix } from 'node:path'
import { type Check, type CheckContext, type Finding, say } from './check.ts'
import { directoryOf, entryOf, keyOf, placeOf } from './export-place.ts'
import { conclude, fact } from './facts.ts'

/**
 * A directory is on the NFS server. That of a claim is named `<namespace>-<claim>-<volume>`, and open to every user.
 * @param where.under of a claim's: the directory that its provisioner makes directories in. Default: the export itself.
 */
export function exportDirectory(
  where: { readonly claim: string; readonly under?: string } | { readonly directory: string },
): Check {
  const place = placeOf(where)
  return {
    id: posix.join('export-directory', keyOf(where)),
    kind: 'observe',
    title: { en: `The NFS server has ${place.en}`, zh: `NFS 服务器上有${place.zh}` },
    run: (context) => ('claim' in where ? claimDirectory(context, where) : namedDirectory(context, where.directory)),
  }
}

async function claimDirectory(context: CheckContext, { claim, under = '' }: { claim: string; under?: string }): Promise<Finding> {
  const found = await directoryOf(context, claim)
  if ('missing' in found) return conclude(context, `PVC ${claim}`, [found.missing])
  const expected = posix.join(under, `${context.namespace}-${claim}-${found.volume}`)
  const entry = await entryOf(context, found.directory)
  const command = context.export.command(under)
  const onServer = (mode: string): string =>
    say(context, { en: `it on the server with mode ${mode}`, zh: `它在服务器上，权限 ${mode}` })
  return conclude(context, say(context, { en: 'NFS export', zh: 'NFS 导出目录' }), [
    fact(
      say(context, { en: `the volume's directory ${expected}`, zh: `卷的目录 ${expected}` }),
      say(context, { en: `the volume's directory ${found.directory}`, zh: `卷的目录 ${found.directory}` }),
      command,
    ),
    fact(
      onServer('777'),
      entry ? onServer(entry.mode.toString(8)) : say(context, { en: 'no such directory', zh: '没有这个目录' }),
      command,
    ),
  ])
}

async function namedDirectory(context: CheckContext, directory: string): Promise<Finding> {
  const none = say(context, { en: 'no such directory', zh: '没有这个目录' })
  const found = (await entryOf(context, directory)) !== undefined
  return conclude(context, say(context, { en: 'NFS export', zh: 'NFS 导出目录' }), [
    fact(directory, found ? directory : none, context.export.command(posix.dirname(directory).replace('.', ''))),
  ])
}
