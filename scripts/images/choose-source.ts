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
  const chosen = probes.find((probe) => probe.usable)
  if (!chosen) {
    if (requested !== undefined) throw refused(requested, probes[0]?.why ?? 'there is no such source')
    throw prerequisiteMissing(
      `no image source can be used here (${worthTelling(probes).join('; ')})`,
      'statelab doctor   # shows what each source lacks',
    )
  }
  const passedOver = worthTelling(probes.slice(0, probes.indexOf(chosen)))
  const because = requested === undefined ? [chosen.why, ...passedOver].join('; ') : 'as asked'
  emit({ type: 'note', level: 'info', text: `images come from ${chosen.source.name} (${because})` })
  return chosen.source
}

function refused(requested: SourceName, why: string): Error {
  return prerequisiteMissing(
    `image source ${requested} cannot be used: ${why}`,
    'leave --source out: the first source that works is taken',
  )
}

/** Why sources were refused. One that nobody can use yet is not worth a word to someone who did not ask for it. */
function worthTelling(
  probes: readonly { readonly source: ImageSource; readonly why: string; readonly planned?: true }[],
): string[] {
  return probes.filter(({ planned }) => !planned).map(({ source, why }) => `${source.name}: ${why}`)
}
