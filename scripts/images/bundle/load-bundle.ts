import { badInput } from '../../errors.ts'
import type { Emit } from '../../events.ts'
import type { CommandRunner } from '../../process/command-runner.ts'
import { runSteps, Skipped } from '../../steps/run-steps.ts'
import { archivedFiles, type OpenBundle, openBundle } from './bundle-files.ts'
import { type Machine, whyUnusable } from './bundle-json.ts'
import { type LoadedBundle, rememberBundle } from './bundle-store.ts'
import { importImages, readImages } from './import-images.ts'
import { verifyArchive } from './verify-archive.ts'

export interface LoadOptions {
  readonly cacheFolder: string
  readonly machine: Machine
  /** Gets Docker ready; called once the bundle is known to be good. */
  readonly needDocker?: () => Promise<void>
  readonly emit: Emit
  readonly signal: AbortSignal
  /** The id of the enclosing step, for nesting. */
  readonly parent?: string
}

/**
 * Makes a bundle's images and its kind program ready to use. Nothing is touched before the whole archive was verified.
 * @param file path of the archive.
 * @throws {StatelabError} `bad-input` when it is damaged, or made for another version or machine.
 */
export async function loadArchive(runner: CommandRunner, file: string, options: LoadOptions): Promise<LoadedBundle> {
  const { emit, signal } = options
  let open: OpenBundle | undefined
  const verify = {
    id: 'bundle-verify',
    title: 'Verify the bundle',
    run: async ({ progress }: { progress: (line: string) => void }) => {
      const { files, problems } = await verifyArchive(file, { signal, progress })
      const [first] = problems
      if (first) {
        const more = problems.length === 1 ? '' : `; ${problems.length - 1} more: statelab bundle verify ${file}`
        throw badInput(`the bundle ${file} is damaged: ${first.path}: ${first.what}${more}`, 'copy it again, or save it again')
      }
      open = await openBundle(archivedFiles(file, files))
      return `${files.size} files`
    },
  }
  await runSteps([verify], { signal, emit })
  if (open === undefined) throw new Error('the bundle was not verified')
  return loadBundle(runner, open, options)
}

/** The same for a bundle that is open already, packed or not; all that is used of it is verified on the way. */
export async function loadBundle(runner: CommandRunner, open: OpenBundle, options: LoadOptions): Promise<LoadedBundle> {
  const { cacheFolder, machine, needDocker, emit, signal, parent } = options
  const why = whyUnusable(open.bundle, machine)
  if (why !== undefined) {
    throw badInput(`the bundle ${open.files.origin} cannot be used here: ${why}`, 'save one with this version, on such a machine')
  }
  await needDocker?.()
  let loaded: LoadedBundle | undefined
  const load = {
    id: 'bundle-load',
    title: 'Load the images of the bundle into Docker',
    run: async ({ progress }: { progress: (line: string) => void }) => {
      const images = await importImages(runner, open, { signal, progress })
      loaded = await rememberBundle(cacheFolder, open, await readImages(open))
      return images.length === 0 ? new Skipped('they are there') : `${images.length} images`
    },
  }
  await runSteps([load], { signal, emit, ...(parent !== undefined && { parent }) })
  if (loaded === undefined) throw new Error('the bundle was not loaded')
  return loaded
}
