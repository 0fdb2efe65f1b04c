import { messageOf, StatelabError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { ImageSource } from './source.ts'

/**
 * The first source, and when it fails the others in turn: each provides everything or nothing.
 * @param others in order of preference; one that cannot be used is passed over.
 */
export function withFallback(first: ImageSource, others: readonly ImageSource[], emit: Emit): ImageSource {
  return {
    ...first,
    async provide(options) {
      const failures: StatelabError[] = []
      for (const source of [first, ...others]) {
        const probe = source === first ? { usable: true } : await source.probe(options.signal)
        if (!probe.usable) continue
        if (failures.length > 0) emit({ type: 'note', level: 'info', text: `images come from ${source.name} instead` })
        try {
          return await source.provide(options)
        } catch (error) {
          options.signal.throwIfAborted()
          if (!(error instanceof StatelabError && FALLS_BACK.has(error.code))) throw error
          failures.push(error)
          emit({ type: 'note', level: 'warning', text: `image source ${source.name} failed: ${messageOf(error)}` })
        }
      }
      throw failures.at(-1)
    },
  }
}

/** What another source may do better. */
const FALLS_BACK: ReadonlySet<string> = new Set(['image-failed', 'prerequisite-missing'])
