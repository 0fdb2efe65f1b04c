import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandRunner } from '../../process/command-runner.ts'
import { runSteps } from '../../steps/run-steps.ts'
import type { Emit } from '../../events.ts'
import { StatelabError } from '../../errors.ts'
import { inspectImage } from '../build/docker.ts'
import type { ImageRecord } from '../source.ts'
import { distinctImages } from './image-names.ts'
import { sbomOf } from './sbom.ts'

export interface WriteSbomsOptions {
  /** What a source has; images that are not here are left out. */
  readonly records: readonly ImageRecord[]
  /** Where the files go; made when it is missing. */
  readonly folder: string
  readonly cacheFolder: string
  /** The folder of the licences of Go modules, where they were collected. */
  readonly licences?: string
  readonly emit: Emit
  readonly signal: AbortSignal
}

/**
 * Writes the software bill of materials of each distinct image, as `NAME.cdx.json`.
 * @returns the files, absolute, in the order of the records.
 * @throws {StatelabError} `not-found` when none of the images is here.
 */
export async function writeSboms(runner: CommandRunner, options: WriteSbomsOptions): Promise<readonly string[]> {
  const { records, folder, emit, signal, ...shared } = options
  const known = distinctImages(records)
  const found = await Promise.all(known.map(({ digest }) => inspectImage(runner, digest, signal)))
  // A source may know images that lie in the node image only.
  const images = known.filter((_, index) => found[index] !== undefined)
  if (images.length === 0) {
    throw new StatelabError(
      'not-found',
      { en: 'none of the images is here yet', zh: '本机还没有任何镜像' },
      { fix: records[0]?.remake ?? 'statelab up' },
    )
  }
  await Promise.all([folder, shared.cacheFolder].map((each) => mkdir(each, { recursive: true })))
  const files = images.map(({ name }) => join(folder, `${name}.cdx.json`))
  const steps = images.map(({ name, digest }, index) => ({
    id: `sbom-${name}`,
    title: `List what ${name} is made of`,
    run: async () => {
      const file = files[index] ?? ''
      await writeFile(`${file}.partial`, await sbomOf(runner, digest, { ...shared, name, signal }))
      await rename(`${file}.partial`, file)
      return file
    },
  }))
  await runSteps(steps, { signal, emit, concurrency: 1 })
  return files
}
