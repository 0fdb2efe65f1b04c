import { badInput, prerequisiteMissing, type StatelabError } from '../errors.ts'
import type { Emit } from '../events.ts'
import { withTimeout } from '../wait/deadline.ts'
import type { ImageSource, Probe, SourceName } from './source.ts'
import { withFallback } from './with-fallback.ts'

export interface ChooseOptions {
  readonly requested?: SourceName | undefined
  /**
   * The source that the environment was made from: only it can add to what is there, or versions would be mixed.
   * `undefined` for an environment that is made anew.
   */
  readonly madeFrom?: SourceName | undefined
  readonly emit: Emit
  readonly signal: AbortSignal
}

/**
 * Chooses where images come from: what was asked for; else what is on this machine already; else the first that works.
 * Says which and why. Where nobody asked and everything is made anew, a source that fails when it provides is told of,
 * and the next one is tried in whole.
 * @param sources in order of preference.
 * @throws {StatelabError} `prerequisite-missing` when none can be used; `bad-input` for another source than that of the
 * environment.
 */
export async function chooseSource(sources: readonly ImageSource[], options: ChooseOptions): Promise<ImageSource> {
  const { requested, madeFrom, emit, signal } = options
  if (requested !== undefined && madeFrom !== undefined) assertSameSource(requested, madeFrom)
  const wanted = requested ?? madeFrom
  const serves = ({ name }: ImageSource): boolean =>
    requested !== undefined ? name === requested : madeFrom === undefined || areAlike(name, madeFrom)
  const candidates = sources.filter(serves)
  const ready = wanted === undefined ? await firstReady(candidates, signal) : undefined
  const probes = await probeAll(ready ? [ready] : candidates, signal)
  const usable = probes.filter((probe) => probe.usable)
  const chosen = usable.find((probe) => probe.source.name === wanted) ?? usable.find((probe) => probe.ready) ?? usable[0]
  if (!chosen) throw noneUsable(probes, wanted)
  emit({ type: 'note', level: 'info', text: `images come from ${chosen.source.name} (${because(chosen, probes, options)})` })
  const others = ready ? candidates.filter((source) => source !== ready) : usable.map(({ source }) => source)
  return wanted === undefined
    ? withFallback(
        chosen.source,
        others.filter((source) => source !== chosen.source),
        emit,
      )
    : chosen.source
}

/**
 * Finds out whether there will be a source, no matter which: asks no longer than until one can be used.
 * @throws {StatelabError} `prerequisite-missing` as `chooseSource` does.
 */
export async function assertUsable(
  sources: readonly ImageSource[],
  requested: SourceName | undefined,
  signal: AbortSignal,
): Promise<void> {
  const candidates = requested === undefined ? sources : sources.filter(({ name }) => name === requested)
  const settled = new AbortController()
  const probes = candidates.map((source) => probeOne(source, AbortSignal.any([signal, settled.signal])))
  const usable = probes.map(async (probe) => ((await probe).usable ? probe : Promise.reject(new Error('not usable'))))
  try {
    await Promise.any(usable)
  } catch {
    signal.throwIfAborted()
    throw noneUsable(await Promise.all(probes), requested)
  } finally {
    settled.abort()
  }
}

/**
 * @param requested the source that was asked for.
 * @param madeFrom the one that the environment was made from.
 * @throws {StatelabError} `bad-input` when they have different versions of images.
 */
export function assertSameSource(requested: SourceName, madeFrom: SourceName): void {
  if (areAlike(requested, madeFrom)) return
  throw badInput(
    `the environment was made from ${madeFrom}: ${requested} would mix versions in it`,
    'leave --source out, or make another environment with --name',
  )
}

/** Both have the same images by the same digests: only the way there differs. */
function areAlike(one: SourceName, other: SourceName): boolean {
  const kind = (name: SourceName): SourceName => (name === 'mirror' ? 'registry' : name)
  return kind(one) === kind(other)
}

/** No source takes longer by itself, but a Docker that hangs would. */
const PROBE_MS = 4_800

interface Probed extends Probe {
  readonly source: ImageSource
}

async function probeOne(source: ImageSource, signal: AbortSignal): Promise<Probed> {
  return { source, ...(await source.probe(withTimeout(signal, PROBE_MS))) }
}

async function probeAll(sources: readonly ImageSource[], signal: AbortSignal): Promise<Probed[]> {
  const probes = await Promise.all(sources.map((source) => probeOne(source, signal)))
  signal.throwIfAborted()
  return probes
}

/** What is on this machine is found without the network, which may take seconds to say that it is not there. */
async function firstReady(sources: readonly ImageSource[], signal: AbortSignal): Promise<ImageSource | undefined> {
  const ready = await Promise.all(sources.map(async (source) => (await source.isReady?.(withTimeout(signal, PROBE_MS))) ?? false))
  signal.throwIfAborted()
  return sources.find((_, index) => ready[index])
}

function because(chosen: Probed, probes: readonly Probed[], { requested, madeFrom }: ChooseOptions): string {
  if (requested !== undefined) return 'as asked'
  if (madeFrom !== undefined) return 'as before'
  return [chosen.why, ...worthTelling(probes.slice(0, probes.indexOf(chosen)))].join('; ')
}

function noneUsable(probes: readonly Probed[], wanted: SourceName | undefined): StatelabError {
  if (wanted !== undefined) {
    const probe = probes.find(({ source }) => source.name === wanted) ?? probes[0]
    const why = probe?.why ?? 'there is no such source'
    return prerequisiteMissing(
      `image source ${wanted} cannot be used: ${why}`,
      probe?.fix ?? 'leave --source out: the first source that works is taken',
    )
  }
  return prerequisiteMissing(
    `no image source can be used here (${worthTelling(probes).join('; ')})`,
    'statelab doctor   # shows what each source lacks',
  )
}

/** Why sources were refused, as far as someone set them up. */
function worthTelling(probes: readonly Probed[]): string[] {
  return probes.filter(({ usable, unset }) => !usable && !unset).map(({ source, why }) => `${source.name}: ${why}`)
}
