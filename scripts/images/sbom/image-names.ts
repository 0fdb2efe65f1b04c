import type { ImageRecord } from '../source.ts'

/** An image that is here, once, however many references it meets. */
export interface DistinctImage {
  /** Can be a file name: the last part of its first reference, such as `redis`. */
  readonly name: string
  readonly reference: string
  /** Docker's image id. */
  readonly digest: string
}

/** The distinct images among records, in their order; those that are not here are left out. */
export function distinctImages(records: readonly ImageRecord[]): readonly DistinctImage[] {
  const images = new Map<string, DistinctImage>()
  const names = new Set<string>()
  for (const { reference, digest } of records) {
    if (digest === undefined || images.has(digest)) continue
    const name = freeName(reference.replace(/[:@][^/]*$/, '').replace(/^.*\//, ''), names)
    names.add(name)
    images.set(digest, { name, reference, digest })
  }
  return [...images.values()]
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!taken.has(name)) return name
  }
}
