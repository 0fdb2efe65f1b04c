import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { glob, lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join, matchesGlob, relative } from 'node:path'

/**
 * A key that changes exactly when the result of a build would: over the content, names and modes of files, and over
 * anything else that goes in (arguments, the keys of what it is built on).
 * @param patterns globs below `root`, or `folder/**` for all that is in it; what matches one of `exclude` is left out.
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

async function files(root: string, patterns: readonly string[], exclude: readonly string[]): Promise<string[]> {
  const found = await Promise.all(patterns.map((pattern) => matches(root, pattern)))
  return [...new Set(found.flat())].filter((path) => !exclude.some((pattern) => matchesGlob(path, pattern))).sort()
}

async function matches(root: string, pattern: string): Promise<string[]> {
  const entries: Dirent[] = []
  if (pattern.endsWith('/**')) entries.push(...(await allIn(join(root, pattern.slice(0, -'/**'.length)))))
  else for await (const entry of glob(pattern, { cwd: root, withFileTypes: true })) entries.push(entry)
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

/** A glob leaves out hidden files, and a `.dockerignore` goes into a build like any other. */
async function allIn(folder: string): Promise<Dirent[]> {
  return readdir(folder, { recursive: true, withFileTypes: true })
}
