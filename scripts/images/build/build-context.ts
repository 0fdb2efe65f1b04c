import { chmod, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** One thing that goes into a build context. */
export type ContextEntry =
  /** A file or folder, copied; everything in it becomes readable (the Go module cache is read-only). */
  | { readonly to: string; readonly from: string }
  /** A symbolic link. */
  | { readonly to: string; readonly link: string }
  | { readonly to: string; readonly text: string }

/** Puts a build context together in a folder of its own, which goes away when the context is disposed of. */
export async function assembleContext(
  cacheFolder: string,
  entries: readonly ContextEntry[],
): Promise<AsyncDisposable & { folder: string }> {
  const folder = await mkdtemp(join(cacheFolder, 'context-'))
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    for (const entry of entries) {
      const to = join(folder, entry.to)
      await mkdir(dirname(to), { recursive: true })
      if ('link' in entry) await symlink(entry.link, to)
      else if ('text' in entry) await writeFile(to, entry.text)
      else {
        await cp(entry.from, to, { recursive: true, verbatimSymlinks: true })
        await makeWritable(to)
      }
    }
    return { folder, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** Folders copied from the module cache are read-only, and could neither be added to nor removed. */
async function makeWritable(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => [])
  if (entries.length > 0) await chmod(path, 0o755)
  for (const entry of entries) if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755)
}
