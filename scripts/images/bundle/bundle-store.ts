import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { damaged, type OpenBundle } from './bundle-files.ts'
import { type BundleJson, KIND, parseBundleJson } from './bundle-json.ts'
import { sha256Of } from './checksums.ts'
import { diskFile } from './disk-file.ts'
import type { ImageIdentity } from './import-images.ts'

/** A bundle whose images were loaded into Docker. */
export interface LoadedBundle {
  readonly id: string
  readonly bundle: BundleJson
  readonly images: readonly ImageIdentity[]
  /** Path of its kind program. */
  readonly kind: string
}

/** Remembers that a bundle was loaded, and keeps its kind program. */
export async function rememberBundle(
  cacheFolder: string,
  { id, bundle, files, sums }: OpenBundle,
  images: readonly ImageIdentity[],
): Promise<LoadedBundle> {
  const folder = folderIn(cacheFolder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const kind = kindIn(folder, id)
  const unfinished = `${kind}.partial`
  try {
    await pipeline(files.open(KIND), createWriteStream(unfinished))
    if ((await sha256Of((await diskFile(KIND, unfinished)).open())) !== sums.get(KIND)) throw damaged(files, KIND)
    await chmod(unfinished, 0o755)
    await rename(unfinished, kind)
  } finally {
    await rm(unfinished, { force: true })
  }
  const record = join(folder, `${id}.json`)
  await writeFile(`${record}.partial`, JSON.stringify({ bundle, images: images.map(identityOf) }, undefined, 2))
  await rename(`${record}.partial`, record)
  return { id, bundle, images, kind }
}

/** @returns the bundles that were loaded, the latest first; one that another version remembers otherwise is left out. */
export async function rememberedBundles(cacheFolder: string): Promise<LoadedBundle[]> {
  const folder = folderIn(cacheFolder)
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'))
  const records = await Promise.all(
    names.map(async (name) => {
      const id = name.replace('.json', '')
      const kind = kindIn(folder, id)
      try {
        const { bundle, images } = JSON.parse(await readFile(join(folder, name), 'utf8')) as LoadedBundle
        await stat(kind)
        const { mtimeMs } = await stat(join(folder, name))
        return [{ id, bundle: parseBundleJson(JSON.stringify(bundle)), images, kind, mtimeMs }]
      } catch {
        return []
      }
    }),
  )
  return records.flat().sort((a, b) => b.mtimeMs - a.mtimeMs)
}

const folderIn = (cacheFolder: string): string => join(cacheFolder, 'bundle')
const kindIn = (folder: string, id: string): string => join(folder, `${id}-kind`)

function identityOf({ name, id, diffIds }: ImageIdentity): ImageIdentity {
  return { name, id, diffIds }
}
