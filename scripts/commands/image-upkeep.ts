import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { stateFolder } from '../environment.ts'
import { currentImages } from '../images/current.ts'
import { collectGarbage, type Garbage } from '../images/garbage.ts'
import { loadImageLock } from '../images/lock.ts'
import { LICENCES } from '../images/packages/go-programs.ts'
import { resolvePlan } from '../images/packages/plan.ts'
import { writeSboms } from '../images/sbom/write-sboms.ts'
import type { ImageSource } from '../images/source.ts'
import type { Operation } from '../provision/parts.ts'

/** Writes the software bill of materials of each image of a source that is here. */
export async function writeSourceSboms(
  source: ImageSource,
  folder: string,
  { runner, root, emit, signal }: Operation,
): Promise<readonly string[]> {
  const cacheFolder = join(stateFolder(), 'cache')
  const lock = await loadImageLock(join(root, 'manifests', 'images.lock.yaml'))
  const { goFolder } = await resolvePlan({ root, cacheFolder, lock })
  const records = await source.records(signal)
  return writeSboms(runner, { records, folder, cacheFolder, licences: join(goFolder, LICENCES), emit, signal })
}

/** Removes what neither an environment nor this version needs. */
export async function removeGarbage(dryRun: boolean, { runner, root, emit, signal }: Operation): Promise<Garbage> {
  const cacheFolder = join(stateFolder(), 'cache')
  await mkdir(cacheFolder, { recursive: true, mode: 0o700 })
  const current = await currentImages({ root, cacheFolder })
  return collectGarbage(runner, { current, cacheFolder, dryRun, emit, signal })
}
