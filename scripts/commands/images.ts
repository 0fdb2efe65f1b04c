import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { badInput } from '../errors.ts'
import type { ImageRecord } from '../images/source.ts'
import { renderTable } from '../report/table.ts'
import { formatBytes } from './bytes.ts'
import { collectImages } from './images-gc.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

export const images: Verb = {
  usage: 'images [what]',
  group: 'group.inside',
  summary: 'help.images',
  examples: ['statelab images', 'statelab images -o json', 'statelab images --sbom ./sboms', 'statelab images gc --dry-run'],
  configure: (command, t) => command.option('--sbom <folder>', t('flag.sbom')).option('--dry-run', t('flag.dryRun')),
  run: async (session, { args: [what], options }) => {
    const { t } = session
    if (what !== undefined && what !== 'gc')
      throw badInput(t('error.imagesWhat', { what: JSON.stringify(what) }), t('error.imagesWhat.fix'))
    const dryRun = options.dryRun === true
    if (what === 'gc' && options.sbom !== undefined) throw badInput(t('error.gcSbom'), t('error.imagesWhat.fix'))
    if (what === 'gc') return collectImages(session, { dryRun })
    if (dryRun) throw badInput(t('error.dryRun'), 'statelab images gc --dry-run')
    return options.sbom === undefined ? list(session) : writeSboms(session, resolve(session.io.cwd, String(options.sbom)))
  },
}

async function list(session: Session): Promise<number> {
  const records = await session.engine.images({ ...choice(session), signal: session.signal })
  session.answer({ images: records }, () => describe(records, session))
  return 0
}

async function writeSboms(session: Session, folder: string): Promise<number> {
  const { t, engine, work, answer } = session
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw badInput(t('error.newFolder', { folder: JSON.stringify(folder) }), t('error.newFolder.fix'))
  const files = await work((emit, signal) => engine.writeSboms({ ...choice(session), folder, emit, signal }), { passing: true })
  answer(
    { sboms: files },
    () => `${[t('images.sboms', { count: files.length }), ...files.map((file) => `  ${file}`)].join('\n')}\n`,
  )
  return 0
}

function choice({ settings }: Session) {
  return { source: settings.source, mirrors: settings.mirrors }
}

function describe(records: readonly ImageRecord[], { t, style }: Session): string {
  const now = Date.now()
  const rows = records.map(({ reference, source, digest, sizeBytes, createdAt }) => [
    reference,
    source,
    digest === undefined ? t('images.missing') : shortDigest(digest),
    sizeBytes === undefined ? '-' : formatBytes(sizeBytes),
    createdAt === undefined ? '-' : formatAge(now - Date.parse(createdAt)),
  ])
  const head = [t('images.reference'), t('images.source'), t('images.digest'), t('images.size'), t('images.age')]
  const commands = [...new Set(records.map(({ remake }) => remake))]
  // The same command makes most of them: said once, it can be read and pasted.
  const remake = commands.map((command) => {
    const which = records.filter((record) => record.remake === command).map(({ reference }) => reference)
    const some = commands.length === 1 ? '' : `  ${style('dim', `# ${which.join(', ')}`)}`
    return `  ${style('cyan', command)}${some}`
  })
  return [renderTable(head, rows, style), ...(remake.length > 0 ? ['', t('images.remake'), ...remake] : []), ''].join('\n')
}

function shortDigest(digest: string): string {
  return digest.replace(/^(sha256:.{12}).*$/, '$1')
}

function formatAge(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes < 60) return `${minutes}m`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}h` : `${Math.floor(minutes / 1_440)}d`
}
