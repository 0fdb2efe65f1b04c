import { prerequisiteMissing } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { ImageSource, SourceName } from './source.ts'

/**
 * Chooses where images come from: the one that was asked for, else the first that works, and says which and why.
 * @param sources in order of preference.
 * @throws {StatelabError} `prerequisite-missing` when none can be used.
 */
export async function chooseSource(
  sources: readonly ImageSource[],
  options: { readonly requested?: SourceName | undefined; readonly emit: Emit; readonly signal: AbortSignal },
): Promise<ImageSource> {
  const { requested, emit, signal } = options
  const candidates = requested === undefined ? sources : sources.filter((source) => source.name === requested)
  const probes = await Promise.all(candidates.map(async (source) => ({ source, ...(await source.probe(signal)) })))
  signal.throwIfAborted()
  const refusals = probes.filter((probe) => !probe.usable).map(({ source, why }) => `${source.name}: ${why}`)
  const chosen = probes.find((probe) => probe.usable)
  if (!chosen) {
    throw prerequisiteMissing(
      `no image source can be used here (${refusals.join('; ')})`,
      'statelab doctor   # shows what each source lacks',
    )
  }
  const passedOver = probes.slice(0, probes.indexOf(chosen)).map(({ source, why }) => `${source.name}: ${why}`)
  const because = requested === undefined ? [chosen.why, ...passedOver].join('; ') : 'as asked'
  emit({ type: 'note', level: 'info', text: `images come from ${chosen.source.name} (${because})` })
  return chosen.source
}
