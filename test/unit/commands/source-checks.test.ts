import { describe, expect, it } from 'vitest'
import { checkSources } from '../../../scripts/commands/source-checks.ts'
import type { ImageSource, Probe, SourceName } from '../../../scripts/images/source.ts'
import { unavailableSource } from '../../../scripts/images/unavailable-source.ts'

const { signal } = new AbortController()
const source = (name: SourceName, probe: Probe): ImageSource => ({
  name,
  probe: async () => probe,
  provide: () => Promise.reject(new Error('only probed here')),
  records: async () => [],
})
const mirror = unavailableSource('mirror', 'no mirror is named', '--mirror HOST')
const lost = source('registry', { usable: false, why: 'registry.k8s.io: unknown host', fix: 'curl it' })
const packages = source('packages', { usable: true, why: 'built here' })

const statuses = async (sources: readonly ImageSource[], requested?: SourceName): Promise<Record<string, string>> =>
  Object.fromEntries((await checkSources(sources, requested, signal)).map(({ id, status }) => [id, status]))

describe('checkSources', () => {
  it('warns of a source that does not work while another does, and not of one that nobody set up', async () => {
    expect(await statuses([mirror, lost, packages])).toEqual({
      'source-mirror': 'ok',
      'source-registry': 'warn',
      'source-packages': 'ok',
    })
  })

  it('says why, and what to do', async () => {
    const [first, second] = await checkSources([mirror, lost, packages], undefined, signal)
    expect(first?.detail).toBe('not used: no mirror is named')
    expect(second).toMatchObject({ detail: 'registry.k8s.io: unknown host (another source can be used)', fix: 'curl it' })
  })

  it('fails when none works', async () => {
    expect(await statuses([mirror, lost])).toEqual({ 'source-mirror': 'fail', 'source-registry': 'fail' })
  })

  it('fails when the one that was asked for does not work, though others do', async () => {
    expect(await statuses([mirror, lost, packages], 'mirror')).toMatchObject({
      'source-mirror': 'fail',
      'source-registry': 'warn',
    })
    expect((await checkSources([mirror], 'mirror', signal))[0]?.fix).toBe('--mirror HOST')
  })

  it('waits for nobody longer than the doctor may take', async () => {
    const silent: ImageSource = {
      ...lost,
      probe: (within) =>
        new Promise((resolve) => within.addEventListener('abort', () => resolve({ usable: false, why: 'no answer' }))),
    }
    const before = performance.now()
    expect(await statuses([silent, packages])).toMatchObject({ 'source-registry': 'warn' })
    expect(performance.now() - before).toBeLessThan(2_900)
  })
})
