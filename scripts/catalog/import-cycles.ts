import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'

/**
 * Finds a circle among the relative imports that start at a file. JavaScript allows circles and leaves holes in them: a
 * check that is `undefined` in one lab and not in another. So they are refused before anything is loaded.
 * @returns the files of the circle, relative to the first file's folder; `undefined` when there is none.
 */
export async function findImportCycle(file: string): Promise<string[] | undefined> {
  const done = new Set<string>()
  const visit = async (at: string, path: readonly string[]): Promise<string[] | undefined> => {
    if (path.includes(at)) return [...path.slice(path.indexOf(at)), at]
    if (done.has(at)) return undefined
    for (const target of await importsOf(at)) {
      const cycle = await visit(target, [...path, at])
      if (cycle) return cycle
    }
    done.add(at)
    return undefined
  }
  return (await visit(file, []))?.map((at) => relative(dirname(file), at))
}

async function importsOf(file: string): Promise<string[]> {
  const source = await readFile(file, 'utf8').catch(() => '')
  const specifiers = source.matchAll(/\b(?:from|import)\s*\(?\s*(['"])(\.{1,2}\/[^'"]+)\1/g)
  return [...specifiers].map(([, , specifier = '']) => resolve(dirname(file), specifier))
}
