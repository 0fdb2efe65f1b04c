import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../../scripts/errors.ts'
import type { ProgressEvent } from '../../../scripts/events.ts'
import { chooseSource } from '../../../scripts/images/choose-source.ts'
import type { ImageSource, Probe, SourceName } from '../../../scripts/images/source.ts'
import { unavailableSource } from '../../../scripts/images/unavailable-source.ts'

function source(name: SourceName, probe: Probe): ImageSource {
  const notAsked = () => Promise.reject(new Error('only probed here'))
  return { name, probe: async () => probe, provide: notAsked, records: notAsked }
}

const packages = source('packages', { usable: true, why: 'built here' })

async function choose(sources: readonly ImageSource[], requested?: SourceName) {
  const events: ProgressEvent[] = []
  const { signal } = new AbortController()
  const chosen = await chooseSource(sources, { requested, emit: (event) => events.push(event), signal })
  return { name: chosen.name, notes: events.map((event) => (event.type === 'note' ? event.text : event.type)) }
}

async function refusal(sources: readonly ImageSource[], requested?: SourceName): Promise<unknown> {
  const error: unknown = await choose(sources, requested).catch((thrown: unknown) => thrown)
  expect(exitCodeOf(error)).toBe(3)
  return error
}

describe('chooseSource', () => {
  it('takes the first that works and says which and why', async () => {
    expect(await choose([packages, source('bundle', { usable: true, why: 'a file' })])).toEqual({
      name: 'packages',
      notes: ['images come from packages (built here)'],
    })
  })

  it('names the ones before it that failed here, with the reason, and none after it', async () => {
    const sources = [
      source('registry', { usable: false, why: 'no answer' }),
      packages,
      source('bundle', { usable: false, why: 'no file' }),
    ]
    expect((await choose(sources)).notes).toEqual(['images come from packages (built here; registry: no answer)'])
  })

  it('says nothing of sources that do not exist yet', async () => {
    const sources = [unavailableSource('registry'), unavailableSource('mirror'), packages, unavailableSource('bundle')]
    expect((await choose(sources)).notes).toEqual(['images come from packages (built here)'])
  })

  it('takes the one that was asked for, though others work', async () => {
    expect(await choose([source('registry', { usable: true, why: 'answers' }), packages], 'packages')).toEqual({
      name: 'packages',
      notes: ['images come from packages (as asked)'],
    })
  })

  it('asks no other source when one was asked for', async () => {
    const slow: ImageSource = { ...packages, name: 'registry', probe: () => Promise.reject(new Error('was asked')) }
    expect((await choose([slow, packages], 'packages')).name).toBe('packages')
  })

  it('refuses the one that was asked for with its own reason', async () => {
    expect(await refusal([source('packages', { usable: false, why: 'builds on Linux only' })], 'packages')).toMatchObject({
      message: 'image source packages cannot be used: builds on Linux only',
    })
  })

  it('refuses one that does not exist yet, in one line', async () => {
    expect(await refusal([unavailableSource('registry'), packages], 'registry')).toMatchObject({
      message: 'image source registry cannot be used: not part of this version yet',
      fix: expect.stringContaining('leave --source out'),
    })
  })

  it('says why each was refused when none works', async () => {
    const sources = [
      source('registry', { usable: false, why: 'no answer' }),
      unavailableSource('mirror'),
      source('packages', { usable: false, why: 'no Linux' }),
    ]
    expect(await refusal(sources)).toMatchObject({
      message: 'no image source can be used here (registry: no answer; packages: no Linux)',
    })
  })

  it('rejects with the reason when it is aborted', async () => {
    const reason = new Error('enough')
    const options = { emit: () => {}, signal: AbortSignal.abort(reason) }
    await expect(chooseSource([packages], options)).rejects.toBe(reason)
  })
})

describe('unavailableSource', () => {
  const registry = unavailableSource('registry')

  it('says so when it is probed', async () => {
    expect(await registry.probe(new AbortController().signal)).toEqual({
      usable: false,
      why: 'not part of this version yet',
      planned: true,
    })
  })

  it('provides nothing, and has nothing', async () => {
    const options = { signal: new AbortController().signal, emit: () => {} }
    const error: unknown = await registry.provide(options).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'prerequisite-missing', message: expect.stringContaining('registry') })
    expect(await registry.records(options.signal)).toEqual([])
  })
})
