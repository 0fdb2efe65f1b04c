import { prerequisiteMissing } from '../errors.ts'
import type { ImageSource, SourceName } from './source.ts'

/**
 * A source that nobody has set up, so that asking for it gets an answer.
 * @param why what it lacks.
 * @param fix how to set it up.
 */
export function unavailableSource(name: SourceName, why: string, fix: string): ImageSource {
  return {
    name,
    probe: async () => ({ usable: false, why, unset: true, fix }),
    provide: async () => {
      throw prerequisiteMissing(`image source ${name} cannot be used: ${why}`, fix)
    },
    records: async () => [],
  }
}
