import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { StatelabError } from '../../errors.ts'
import type { CommandRunner } from '../../process/command-runner.ts'
import { inspectImage } from '../build/docker.ts'
import { type Component, componentsOf } from './components.ts'
import { cycloneDx } from './cyclonedx.ts'
import { licencesOfText } from './licence-names.ts'
import { readImage } from './read-image.ts'

export interface SbomOptions {
  /** What the image is called in the document, such as `node-image`. */
  readonly name: string
  /** The folder of the licences of Go modules, where they were collected. */
  readonly licences?: string
  readonly signal: AbortSignal
}

/**
 * The software bill of materials of an image of the local Docker.
 * @param image its tag or id.
 * @param options.cacheFolder where the image is saved for the time.
 * @returns CycloneDX 1.6 as JSON; the same image gives the same bytes.
 * @throws {StatelabError} `image-failed` when there is no such image.
 */
export async function sbomOf(
  runner: CommandRunner,
  image: string,
  options: SbomOptions & { readonly cacheFolder: string },
): Promise<string> {
  const { cacheFolder, signal } = options
  const { digest, components } = await savedImage(runner, image, { cacheFolder, signal }, (file, id) =>
    readComponents(file, options).then((found) => ({ digest: id, components: found })),
  )
  return cycloneDx({ name: options.name, digest }, components)
}

/**
 * The same of an archive that `docker save` wrote for one image.
 * @param options.digest the image's id.
 * @throws {StatelabError} `image-failed` when it is none.
 */
export async function sbomOfArchive(file: string, options: SbomOptions & { readonly digest: string }): Promise<string> {
  return cycloneDx(options, await readComponents(file, options))
}

/** What an image of the local Docker is made of. Parameters as of `sbomOf`. */
export async function imageComponents(
  runner: CommandRunner,
  image: string,
  options: { readonly cacheFolder: string; readonly signal: AbortSignal },
): Promise<readonly Component[]> {
  return savedImage(runner, image, options, (file) => readComponents(file, options))
}

async function savedImage<T>(
  runner: CommandRunner,
  image: string,
  { cacheFolder, signal }: { readonly cacheFolder: string; readonly signal: AbortSignal },
  read: (file: string, digest: string) => Promise<T>,
): Promise<T> {
  const found = await inspectImage(runner, image, signal)
  if (!found) throw new StatelabError('image-failed', `there is no image ${image} here`)
  const folder = await mkdtemp(join(cacheFolder, 'sbom-'))
  try {
    const file = join(folder, 'image.tar')
    await runner.run('docker', ['save', '--output', file, image], { signal })
    return await read(file, found.id)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readComponents(
  file: string,
  { licences, signal }: { readonly licences?: string; readonly signal: AbortSignal },
): Promise<readonly Component[]> {
  const [files, goLicences] = await Promise.all([
    readImage(file, signal),
    licences === undefined ? NONE : readGoLicences(licences),
  ])
  return componentsOf(files, goLicences)
}

const NONE: ReadonlyMap<string, readonly string[]> = new Map()

/** `<module>@<version>` → the licences that are recognized in its own folder. */
async function readGoLicences(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const licences = new Map<string, readonly string[]>()
  if (!existsSync(folder)) return licences
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const module = relative(folder, entry.parentPath).split(sep).join('/')
    if (!entry.isFile() || !/@[^/]+$/.test(module)) continue
    const found = licencesOfText(await readFile(join(entry.parentPath, entry.name), 'utf8'))
    licences.set(module, [...new Set([...(licences.get(module) ?? []), ...found])].sort())
  }
  return licences
}
