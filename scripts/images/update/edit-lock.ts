import { type Document, parseDocument } from 'yaml'

/** One value of the lock file that should be another one. */
export interface Change {
  /** Such as `['images', 0, 'upstream', 'digest']`. */
  readonly path: readonly (string | number)[]
  readonly from: unknown
  readonly to: unknown
}

/** What was found to be true now. */
export interface Findings {
  /** Reference → digest. */
  readonly digests: ReadonlyMap<string, string>
  readonly kindPrograms?: Readonly<Record<string, string>>
  /** Of the packages that are named here; the others stay. */
  readonly packages?: Readonly<Record<string, string>>
}

/** Compares the lock file's text with what is true now. */
export function changesOf(text: string, { digests, kindPrograms, packages }: Findings): Change[] {
  const document = parseDocument(text)
  const pinned = pinnedImages(document).flatMap(({ path, reference }) => {
    const to = digests.get(reference)
    return to === undefined ? [] : [{ path: [...path, 'digest'], to }]
  })
  const wanted = [
    ...pinned,
    ...Object.entries(kindPrograms ?? {}).map(([platform, to]) => ({ path: ['kind', 'programs', platform], to })),
    ...Object.entries(packages ?? {}).map(([name, to]) => ({ path: ['debian', 'packages', name], to })),
  ]
  return wanted.map(({ path, to }) => ({ path, from: document.getIn(path), to })).filter(({ from, to }) => from !== to)
}

/** Makes the changes in the text: comments, order and everything else stay. */
export function editLock(text: string, changes: readonly Change[]): string {
  const document = parseDocument(text)
  for (const { path, to } of changes) document.setIn(path, to)
  return document.toString({ lineWidth: 0 })
}

/** The references of the lock file that have a digest, and where they stand. */
export function pinnedReferences(text: string): string[] {
  return pinnedImages(parseDocument(text)).map(({ reference }) => reference)
}

function pinnedImages(document: Document): { readonly path: (string | number)[]; readonly reference: string }[] {
  const { images } = document.toJS() as { images: readonly { readonly upstream?: object }[] }
  const paths = [['debian', 'image'], ['node'], ...images.map((_, index) => ['images', index, 'upstream'])]
  return paths.flatMap((path) => {
    const reference = document.getIn([...path, 'reference'])
    return typeof reference === 'string' ? [{ path, reference }] : []
  })
}
