import { createHash } from 'node:crypto'
import { glob, lstat, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A key that changes exactly when the result of a build would: over the content, names and modes of files, and over
 * anything else that goes in (arguments, the keys of what it is built on).
 * @param patterns globs below `root`; what matches one of `exclude` is left out.
 * @returns twelve hexadecimal digits.
 */
export async function contentKey(
  root: string,
  { patterns = [], exclude = [], inputs = [] }: { patterns?: string[]; exclude?: string[]; inputs?: readonly string[] },
): Promise<string> {
  const hash = createHash('sha256')
  for (const input of inputs) hash.update(`${input}\0`)
  for (const path of await files(root, patterns, exclude)) {
    const stats = await lstat(join(root, path))
    hash.update(`${path}\0${(stats.mode & 0o111) === 0 ? '' : 'x'}\0`)
    hash.update(stats.isSymbolicLink() ? await readlink(join(root, path)) : await readFile(join(root, path)))
  }
  return hash.digest('hex').slice(0, 12)
}

async function files(root: string, patterns: string[], exclude: string[]): Promise<string[]> {
  const found = new Set<string>()
  for await (const entry of glob(patterns, { cwd: root, exclude, withFileTypes: true })) {
    if (!entry.isDirectory()) found.add(join(entry.parentPath, entry.name).slice(root.length + 1))
  }
  return [...found].sort()
}
