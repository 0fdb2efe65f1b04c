import type { ImageRecord } from '../images/source.ts'
import { renderTable } from '../report/table.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

export const images: Verb = {
  usage: 'images',
  group: 'group.inside',
  summary: 'help.images',
  examples: ['statelab images', 'statelab images -o json'],
  run: async (session) => {
    const records = await session.engine.images({ source: session.settings.source, signal: session.signal })
    session.answer({ images: records }, () => describe(records, session))
    return 0
  },
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
  return `${renderTable(head, rows, style)}\n`
}

function shortDigest(digest: string): string {
  return digest.replace(/^(sha256:.{12}).*$/, '$1')
}

/** Decimal units, as Docker prints them. */
function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`
}

function formatAge(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes < 60) return `${minutes}m`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}h` : `${Math.floor(minutes / 1_440)}d`
}
