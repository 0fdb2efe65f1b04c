import { posix } from 'node:path'
import type { ExportEntry } from '../nfs/export-view.ts'
import { EXPORT_PATH } from '../nfs/export-path.ts'
import type { Text } from '../text.ts'
import { type CheckContext, say } from './check.ts'
import { type Fact, fact, kubectl, kubectlAll } from './facts.ts'
import { readClaim, readVolume } from './volumes.ts'

/** A directory of the export: that of a claim's volume, or the one of this name; `''` is the export itself. */
export type OnExport = { readonly claim: string } | { readonly directory: string }

/** What a title calls it. */
export function placeOf(where: OnExport): Text {
  if ('claim' in where) return { en: `the directory of PVC ${where.claim}`, zh: ` PVC ${where.claim} 的目录` }
  if (where.directory === '') return { en: 'the export', zh: '导出目录' }
  return { en: `the directory ${where.directory}`, zh: `目录 ${where.directory} ` }
}

/** What a check's id calls it. */
export function keyOf(where: OnExport): string {
  return 'claim' in where ? where.claim : where.directory
}

/** The directory that a claim's volume is, as a path on the export, or the fact that there is none. */
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
  const shows = kubectlAll('get', 'pv', volume, '-o', 'jsonpath={.spec.nfs}')
  if (path === undefined)
    return {
      missing: fact(
        say(context, { en: 'an NFS volume', zh: 'NFS 卷' }),
        say(context, { en: `PV ${volume} is not NFS`, zh: `PV ${volume} 不是 NFS` }),
        shows,
      ),
    }
  if (!path.startsWith(`${EXPORT_PATH}/`))
    return { missing: fact(say(context, { en: `a path below ${EXPORT_PATH}`, zh: `${EXPORT_PATH} 下的路径` }), path, shows) }
  return { directory: posix.relative(EXPORT_PATH, path), volume }
}

/** What lies at a path of the export, when it is of the wanted kind. */
export async function entryOf(
  context: CheckContext,
  path: string,
  wanted: ExportEntry['kind'] = 'directory',
): Promise<ExportEntry | undefined> {
  const parent = posix.dirname(path)
  const entries = (await context.export.list(parent === '.' ? '' : parent, context.signal)) ?? []
  return entries.find(({ name, kind }) => name === posix.basename(path) && kind === wanted)
}
