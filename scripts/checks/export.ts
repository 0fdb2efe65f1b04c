import { posix } from 'node:path'
import { type Check, type CheckContext, say } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { readClaim, readVolume } from './volumes.ts'

/** The claim's directory is on the NFS server, named `<namespace>-<claim>-<volume>` and open to every user. */
export function exportDirectory({ claim }: { readonly claim: string }): Check {
  return {
    id: `export-directory/${claim}`,
    kind: 'observe',
    title: { en: `The NFS server has the directory of PVC ${claim}`, zh: `NFS 服务器上有 PVC ${claim} 的目录` },
    async run(context) {
      const found = await directoryOf(context, claim)
      if ('missing' in found) return conclude(context, `PVC ${claim}`, [found.missing])
      const expected = `${context.namespace}-${claim}-${found.volume}`
      const entries = (await context.export.list('', context.signal)) ?? []
      const entry = entries.find(({ name, kind }) => name === found.directory && kind === 'directory')
      const command = context.export.command('')
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
    },
  }
}

/** A file of the claim's directory is on the NFS server, and holds the text if one is given. */
export function exportFile({
  claim,
  file,
  contains,
}: {
  readonly claim: string
  readonly file: string
  readonly contains?: string
}): Check {
  return {
    id: `export-file/${claim}/${file}`,
    kind: 'observe',
    title: {
      en: `The NFS server has ${file} of PVC ${claim}${contains === undefined ? '' : `, with "${contains}" in it`}`,
      zh: `NFS 服务器上有 PVC ${claim} 的 ${file}${contains === undefined ? '' : `，其中有 "${contains}"`}`,
    },
    async run(context) {
      const found = await directoryOf(context, claim)
      if ('missing' in found) return conclude(context, `PVC ${claim}`, [found.missing])
      const path = posix.join(found.directory, file)
      const content = await context.export.read(path, context.signal)
      const command = context.export.command(path)
      if (content === undefined)
        return conclude(context, path, [
          fact(
            say(context, { en: 'a file on the server', zh: '服务器上有这个文件' }),
            say(context, { en: 'none', zh: '没有' }),
            command,
          ),
        ])
      if (contains === undefined)
        return conclude(context, path, [
          fact(
            say(context, { en: 'a file on the server', zh: '服务器上有这个文件' }),
            say(context, { en: `a file of ${content.length} bytes`, zh: `${content.length} 字节的文件` }),
            command,
            true,
          ),
        ])
      const holds = content.includes(latin1(contains))
      const inIt = say(context, { en: `"${contains}" in it`, zh: `其中有 "${contains}"` })
      return conclude(context, path, [
        fact(
          inIt,
          holds ? inIt : say(context, { en: `${content.length} bytes without it`, zh: `${content.length} 字节，其中没有` }),
          command,
        ),
      ])
    },
  }
}

/** Text as `ExportView.read` gives a file's bytes. */
export function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** The directory of the export that a claim's volume is, or the fact that there is none. */
export async function directoryOf(
  context: CheckContext,
  claim: string,
): Promise<{ readonly directory: string; readonly volume: string } | { readonly missing: Fact }> {
  const command = kubectl(context, 'get', 'pvc', claim)
  const bound = await readClaim(context, claim)
  if (!bound)
    return {
      missing: fact(
        say(context, { en: 'a PVC of this name', zh: '有这个名字的 PVC' }),
        say(context, { en: 'none', zh: '没有' }),
        command,
      ),
    }
  const volume = bound.spec?.volumeName
  if (!volume)
    return {
      missing: fact(
        say(context, { en: 'a volume', zh: '有卷' }),
        say(context, {
          en: `none: the PVC is ${bound.status?.phase ?? 'Pending'}`,
          zh: `没有：PVC 处于 ${bound.status?.phase ?? 'Pending'}`,
        }),
        command,
      ),
    }
  const path = (await readVolume(context, volume))?.spec?.nfs?.path
  if (path === undefined)
    return {
      missing: fact(
        say(context, { en: 'an NFS volume', zh: 'NFS 卷' }),
        say(context, { en: `PV ${volume} is not NFS`, zh: `PV ${volume} 不是 NFS` }),
        command,
      ),
    }
  return { directory: posix.basename(path), volume }
}
