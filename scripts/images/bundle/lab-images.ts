import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The image references that folders name, in manifests or anywhere else: rather one too many than one too few.
 * @param folders with texts, such as a lab's.
 */
export async function imagesNamedIn(folders: readonly string[]): Promise<ReadonlySet<string>> {
  const texts = (await Promise.all(folders.map(textsIn))).flat()
  return new Set(texts.flatMap((text) => NAMED.flatMap((form) => [...text.matchAll(form)].map(([, name]) => name ?? ''))))
}

/** What follows `image:` or `--image=`, and anything that looks like a name with a tag. */
const NAMED = [/\bimage[:=]\s*["']?([a-z0-9][\w./:-]*)/g, /(?<![\w./-])([a-z0-9][\w./-]*:[\w.-]+)/g]

async function textsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return Promise.all(
    entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')),
  )
}
