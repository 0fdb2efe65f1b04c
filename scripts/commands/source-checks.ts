import type { DoctorCheck } from '../host/doctor.ts'
import type { ImageSource, Probe, SourceName } from '../images/source.ts'
import { withTimeout } from '../wait/deadline.ts'

/** Keeps the whole of `doctor` under 3 s, also where a registry is silently cut off. */
const PROBE_MS = 2_500

/**
 * Looks whether images can be had, source by source, all at once.
 * @param requested the source that will be used; then only this one can fail. Else one of them has to be usable.
 */
export async function checkSources(
  sources: readonly ImageSource[],
  requested: SourceName | undefined,
  signal: AbortSignal,
): Promise<DoctorCheck[]> {
  const within = withTimeout(signal, PROBE_MS)
  const probes = await Promise.all(sources.map((source) => source.probe(within)))
  signal.throwIfAborted()
  const isLost = !probes.some(({ usable }) => usable)
  return sources.map(({ name }, index) => {
    const probe: Probe = probes[index] ?? { usable: false, why: 'it was not asked' }
    const id = `source-${name}`
    if (probe.usable) return { id, status: 'ok', detail: probe.why }
    const fix = probe.fix ?? 'take another source: --source NAME'
    const fails = requested === undefined ? isLost : requested === name
    if (fails) return { id, status: 'fail', detail: probe.why, fix }
    // What nobody set up is no fault.
    if (probe.unset) return { id, status: 'ok', detail: `not used: ${probe.why}` }
    return { id, status: 'warn', detail: `${probe.why} (another source can be used)`, fix }
  })
}
