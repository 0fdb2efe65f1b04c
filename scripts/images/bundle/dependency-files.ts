import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { prerequisiteMissing } from '../../errors.ts'

/**
 * The installed packages that the tool runs with: those of its developers are left out.
 * @returns paths from the folder node_modules.
 * @throws {StatelabError} `prerequisite-missing` when one is not installed.
 */
export async function dependencyFiles(root: string): Promise<string[]> {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: Packages }
  const modules = join(root, 'node_modules')
  const wanted = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev)
  const found = await Promise.all(
    wanted.map(async ([path, { optional, devOptional }]) => {
      const files = await ownFiles(modules, join(root, path)).catch((cause: NodeJS.ErrnoException) => {
        // An optional package is for other machines than this one.
        if (cause.code === 'ENOENT' && (optional || devOptional)) return []
        throw prerequisiteMissing(`${path} is not installed in ${root}`, 'npm ci --ignore-scripts', cause)
      })
      return files
    }),
  )
  return found.flat()
}

type Packages = Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean; readonly devOptional?: boolean }>>

/** Without the packages inside it, which the lock file lists by themselves. */
async function ownFiles(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const found = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name)
      if (entry.isFile()) return [relative(root, path).replaceAll(sep, '/')]
      return entry.isDirectory() && entry.name !== 'node_modules' ? ownFiles(root, path) : []
    }),
  )
  return found.flat()
}
