import type { Garbage } from '../images/garbage.ts'
import { renderTable } from '../report/table.ts'
import { formatBytes } from './bytes.ts'
import type { Session } from './session.ts'

/** `images gc`: removes images and files that nothing needs any more, or says which. */
export async function collectImages(session: Session, { dryRun }: { readonly dryRun: boolean }): Promise<number> {
  const { engine, work, answer } = session
  const garbage = await work((emit, signal) => engine.collectGarbage({ dryRun, emit, signal }))
  answer(garbage, () => describe(garbage, session))
  return 0
}

function describe({ images, files, freedBytes, dryRun }: Garbage, { t, style }: Session): string {
  if (images.length === 0 && files.length === 0) return `${t('prune.nothing')}\n`
  const rows = [
    ...images.map(({ reference }) => [reference.replace(/^(sha256:.{12}).*$/, '$1'), t('images.gc.image')]),
    ...files.map(({ path, sizeBytes }) => [path, formatBytes(sizeBytes)]),
  ]
  const facts = { images: images.length, files: files.length, bytes: formatBytes(freedBytes) }
  const sum = dryRun ? t('images.gc.wouldBe', facts) : t('images.gc.done', facts)
  return `${renderTable([t('images.gc.what'), t('images.size')], rows, style)}\n\n${sum}\n`
}
