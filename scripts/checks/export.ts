import { posix } from 'node:path'
import type { Check, CheckContext } from './check.ts'
import { conclude, type Fact, fact, kubectl } from './facts.ts'
import { readClaim, readVolume } from './volumes.ts'

/** The claim's directory is on the NFS server, named `<namespace>-<claim>-<volume>` and open to every user. */
export function exportDirectory({ claim }: { readonly claim: string }): Check {
  return {
    id: `export-directory/${claim}`,
    kind: 'observe',
    title: `The NFS server has the directory of PVC ${claim}`,
    async run(context) {
      const found = await directoryOf(context, claim)
      if ('missing' in found) return conclude(`PVC ${claim}`, [found.missing])
      const expected = `${context.namespace}-${claim}-${found.volume}`
      const entries = (await context.export.list('', context.signal)) ?? []
      const entry = entries.find(({ name, kind }) => name === found.directory && kind === 'directory')
      const command = context.export.command('')
      return conclude('NFS export', [
        fact(`the volume's directory ${expected}`, `the volume's directory ${found.directory}`, command),
        fact(
          'it on the server with mode 777',
          entry ? `it on the server with mode ${entry.mode.toString(8)}` : 'no such directory',
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
    title: `The NFS server has ${file} of PVC ${claim}${contains === undefined ? '' : `, with "${contains}" in it`}`,
    async run(context) {
      const found = await directoryOf(context, claim)
      if ('missing' in found) return conclude(`PVC ${claim}`, [found.missing])
      const path = posix.join(found.directory, file)
      const content = await context.export.read(path, context.signal)
      const command = context.export.command(path)
      if (content === undefined) return conclude(path, [fact('a file on the server', 'none', command)])
      if (contains === undefined)
        return conclude(path, [fact('a file on the server', `a file of ${content.length} bytes`, command, true)])
      const holds = content.includes(latin1(contains))
      return conclude(path, [
        fact(`"${contains}" in it`, holds ? `"${contains}" in it` : `${content.length} bytes without it`, command),
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
  if (!bound) return { missing: fact('a PVC of this name', 'none', command) }
  const volume = bound.spec?.volumeName
  if (!volume) return { missing: fact('a volume', `none: the PVC is ${bound.status?.phase ?? 'Pending'}`, command) }
  const path = (await readVolume(context, volume))?.spec?.nfs?.path
  if (path === undefined) return { missing: fact('an NFS volume', `PV ${volume} is not NFS`, command) }
  return { directory: posix.basename(path), volume }
}
