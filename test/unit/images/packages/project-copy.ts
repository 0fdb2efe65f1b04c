import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadImageLock } from '../../../../scripts/images/lock.ts'
import { GO_PROGRAMS } from '../../../../scripts/images/packages/go-programs.ts'
import { type Plan, type PlanInputs, resolvePlan } from '../../../../scripts/images/packages/plan.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..', '..')

/** The project's images/ and manifests/ in a folder of their own, to be changed by a test. */
export interface ProjectCopy extends AsyncDisposable {
  readonly root: string
  readonly cacheFolder: string
  /** Of the programs as they were "built" last. */
  resolve(kubernetes?: string): Promise<Plan>
  /** Adds to a file, or makes it. */
  change(path: string): Promise<void>
  /** Writes checksums as if the programs had been built; those that are named get others. */
  buildPrograms(changed?: readonly string[]): Promise<void>
}

export async function copyProject(): Promise<ProjectCopy> {
  const root = await mkdtemp(join(tmpdir(), 'statelab-project-'))
  const cacheFolder = join(root, 'cache')
  const isOurs = (path: string): boolean => !path.includes('node_modules') && !path.endsWith('/build')
  for (const folder of ['images', 'manifests'])
    await cp(join(ROOT, folder), join(root, folder), { recursive: true, filter: isOurs })
  await cp(join(ROOT, 'package.json'), join(root, 'package.json'))
  const inputs = async (kubernetes?: string): Promise<PlanInputs> => ({
    root,
    cacheFolder,
    lock: await loadImageLock(join(root, 'manifests', 'images.lock.yaml'), kubernetes),
  })
  return {
    root,
    cacheFolder,
    resolve: async (kubernetes) => resolvePlan(await inputs(kubernetes)),
    change: async (path) => {
      const file = join(root, path)
      await writeFile(file, `${await readFile(file, 'utf8').catch(() => '')}\n# changed`)
    },
    buildPrograms: async (changed = []) => {
      const { goFolder } = await resolvePlan(await inputs())
      await mkdir(goFolder, { recursive: true })
      const sums = Object.keys(GO_PROGRAMS).map((name) => [name, changed.includes(name) ? `${name}-changed` : name])
      await writeFile(join(goFolder, 'checksums.json'), JSON.stringify(Object.fromEntries(sums)))
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}
