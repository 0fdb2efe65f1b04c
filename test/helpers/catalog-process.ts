import { type LoadCatalogOptions, loadCatalog } from '../../scripts/catalog/load-catalog.ts'
import { exitCodeOf, messageOf } from '../../scripts/errors.ts'

/** What the child process answers: the labs without their functions, or the failure. */
export type CatalogAnswer =
  | {
      readonly labs: readonly {
        readonly id: string
        readonly track: string
        readonly folder: string
        readonly checks: readonly string[]
      }[]
    }
  | { readonly message: string; readonly messageZh: string; readonly exitCode: number }

// Vitest replaces Node's module loader by its own; labs are loaded by Node's. So the catalogue runs in a plain process.
process.on('message', async (asked: LoadCatalogOptions) => {
  process.send?.(await answer(asked))
})

async function answer(asked: LoadCatalogOptions): Promise<CatalogAnswer> {
  try {
    const labs = await loadCatalog(asked)
    return {
      labs: labs.map(({ id, track, folder, tasks }) => ({
        id,
        track,
        folder,
        checks: tasks.flatMap(({ checks }) => checks.map((check) => check.id)),
      })),
    }
  } catch (error) {
    return { message: messageOf(error), messageZh: messageOf(error, 'zh'), exitCode: exitCodeOf(error) }
  }
}
