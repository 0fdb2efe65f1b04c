import { readFile } from 'node:fs/promises'
import type { FieldPath } from './lab-problem.ts'

/** Tells where things are written in a lab's module. Lines count from 1. */
export interface Locator {
  /**
   * The line of a field of the default export. Where the value is not written out (it comes from a function, or another
   * module), that of the nearest field around it that is.
   */
  field(path: FieldPath): number | undefined
  /** The line of an import, by what it imports or from where. */
  import(name: string): number | undefined
}

/** Knows no place. */
export const NOWHERE: Locator = { field: () => undefined, import: () => undefined }

/** @returns a locator that knows no place, where the module cannot be read or parsed. */
export async function locate(file: string): Promise<Locator> {
  try {
    // Labs that are right, which nearly all are, need no parser.
    const [{ locateIn }, { stripTypes }] = await Promise.all([import('./locate-in-source.ts'), import('./strip-types.ts')])
    const source = await readFile(file, 'utf8')
    return locateIn((/\.[cm]?ts$/.test(file) ? await stripTypes(source) : source) ?? '')
  } catch {
    return NOWHERE
  }
}
