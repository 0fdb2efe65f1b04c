import { prerequisiteMissing } from '../errors.ts'
import type { ImageSource, SourceName } from './source.ts'

const WHY = 'not part of this version yet'

/** A source that has its place and its name, so that asking for it gets an answer, and that a later version fills in. */
export function unavailableSource(name: SourceName): ImageSource {
  return {
    name,
    probe: async () => ({ usable: false, why: WHY, planned: true }),
    provide: async () => {
      throw prerequisiteMissing(
        `image source ${name} cannot be used: ${WHY}`,
        'leave --source out: the first source that works is taken',
      )
    },
    records: async () => [],
  }
}
