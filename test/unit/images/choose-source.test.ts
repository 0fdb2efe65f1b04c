import { describe, expect, it } from 'vitest'
import { exitCodeOf, StatelabError } from '../../../scripts/errors.ts'
import type { ProgressEvent } from '../../../scripts/events.ts'
import { assertUsable, type ChooseOptions, chooseSource } from '../../../scripts/images/choose-source.ts'
import type { ImageSource, Probe, Provision, SourceName } from '../../../scripts/images/source.ts'
import { unavailableSource } from '../../../scripts/images/unavailable-source.ts'

const mirror = unavailableSource('mirror', 'no mirror is named', 'name one: --mirror HOST')

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

  it('says nothing of sources that nobody set up', async () => {
    const sources = [mirror, packages, unavailableSource('bundle', 'none is loaded', 'statelab bundle load FILE')]
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

  it('refuses one that nobody set up, saying how to', async () => {
    expect(await refusal([mirror, packages], 'mirror')).toMatchObject({
      message: 'image source mirror cannot be used: no mirror is named',
      fix: 'name one: --mirror HOST',
    })
  })

  it('says why each was refused when none works', async () => {
    const sources = [
      source('registry', { usable: false, why: 'no answer' }),
      mirror,
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

/** Provides, or fails as it is told to. */
function provider(name: SourceName, failure?: Error, probe: Probe = { usable: true, why: `${name} works` }): ImageSource {
  const provision: Provision = {
    ...{
      source: name,
      nodeImage: 'node:1',
      nfsServerImage: 'nfs:1',
      provisionerImage: 'p:1',
      kind: 'kind',
      kubernetes: 'v1.36.4',
    },
  }
  const provide = async () => {
    if (failure) throw failure
    return provision
  }
  return { ...source(name, probe), provide }
}

/** Chooses, and has what was chosen provide. */
async function provided(sources: readonly ImageSource[], choice: Partial<ChooseOptions> = {}) {
  const notes: string[] = []
  const emit = (event: ProgressEvent): void => void (event.type === 'note' && notes.push(event.text))
  const { signal } = new AbortController()
  const chosen = await chooseSource(sources, { emit, signal, ...choice })
  const outcome = await chosen.provide({ emit, signal }).then(
    ({ source: name }) => name,
    (error: unknown) => error,
  )
  return { outcome, notes }
}

describe('a source that is ready', () => {
  const slow: ImageSource = { ...source('registry', { usable: true, why: 'answers' }), isReady: async () => false }
  const ready: ImageSource = {
    ...packages,
    probe: async () => ({ usable: true, ready: true, why: 'built' }),
    isReady: async () => true,
  }

  it('is taken before others that work, and no network is asked for them', async () => {
    const untouched: ImageSource = { ...slow, probe: () => Promise.reject(new Error('was probed')) }
    expect((await choose([untouched, ready])).name).toBe('packages')
  })

  it('is taken too when only its probe says so', async () => {
    const loaded = source('bundle', { usable: true, ready: true, why: 'loaded' })
    expect((await choose([slow, loaded, packages])).name).toBe('bundle')
  })

  it('does not stand in for the one that was asked for', async () => {
    expect((await choose([slow, ready], 'registry')).name).toBe('registry')
  })
})

describe('a source that fails when it provides', () => {
  const failure = new StatelabError('image-failed', 'docker.io/library/redis:7.0.15 could not be pulled')

  it('is told of, and the next one provides everything', async () => {
    expect(await provided([provider('registry', failure), provider('packages')])).toEqual({
      outcome: 'packages',
      notes: [
        'images come from registry (registry works)',
        'image source registry failed: docker.io/library/redis:7.0.15 could not be pulled',
        'images come from packages instead',
      ],
    })
  })

  it('is the end when it was asked for', async () => {
    const { outcome } = await provided([provider('registry', failure), provider('packages')], { requested: 'registry' })
    expect(outcome).toBe(failure)
  })

  it('is the end when the environment was made from it', async () => {
    const { outcome } = await provided([provider('registry', failure), provider('packages')], { madeFrom: 'registry' })
    expect(outcome).toBe(failure)
  })

  it('may also be one that lacks a prerequisite', async () => {
    const missing = new StatelabError('prerequisite-missing', 'docker login is needed')
    expect((await provided([provider('registry', missing), provider('packages')])).outcome).toBe('packages')
  })

  it('passes over what was not asked before and cannot be used', async () => {
    const ready: ImageSource = { ...provider('registry', failure), isReady: async () => true }
    const lost = provider('bundle', undefined, { usable: false, why: 'no file' })
    expect((await provided([ready, lost, provider('packages')])).outcome).toBe('packages')
  })

  it('passes over what cannot be used', async () => {
    const lost = provider('bundle', undefined, { usable: false, why: 'no file' })
    expect((await provided([provider('registry', failure), lost, provider('packages')])).outcome).toBe('packages')
  })

  it('hands on the last failure when all fail', async () => {
    const last = new StatelabError('prerequisite-missing', 'there is no go program')
    expect((await provided([provider('registry', failure), provider('packages', last)])).outcome).toBe(last)
  })

  it.each([new StatelabError('bad-input', 'no'), new TypeError('a defect')])(
    'falls back for nothing else (%s)',
    async (error) => {
      expect((await provided([provider('registry', error), provider('packages')])).outcome).toBe(error)
    },
  )
})

describe('an environment that is there', () => {
  it('keeps its source, though others come before it', async () => {
    expect(await provided([provider('registry'), provider('packages')], { madeFrom: 'packages' })).toEqual({
      outcome: 'packages',
      notes: ['images come from packages (as before)'],
    })
  })

  it('takes the registry for a mirror and the other way round: the digests are the same', async () => {
    expect((await provided([provider('registry')], { madeFrom: 'mirror' })).outcome).toBe('registry')
    expect((await provided([provider('mirror'), provider('registry')], { madeFrom: 'registry' })).outcome).toBe('registry')
    expect((await provided([provider('mirror')], { madeFrom: 'registry', requested: 'mirror' })).outcome).toBe('mirror')
  })

  it('refuses another source as bad input', async () => {
    const options = { emit: () => {}, signal: new AbortController().signal, requested: 'registry', madeFrom: 'packages' } as const
    await expect(chooseSource([provider('registry')], options)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('made from packages'),
    })
  })
})

describe('assertUsable', () => {
  const { signal } = new AbortController()
  const never: ImageSource = { ...packages, name: 'registry', probe: () => new Promise(() => {}) }

  it('asks no longer than until one can be used', async () => {
    await expect(assertUsable([never, packages], undefined, signal)).resolves.toBeUndefined()
  })

  it('refuses when none can', async () => {
    const none = [source('registry', { usable: false, why: 'no answer' }), mirror]
    await expect(assertUsable(none, undefined, signal)).rejects.toThrow('no image source can be used here (registry: no answer)')
    await expect(assertUsable([mirror, packages], 'mirror', signal)).rejects.toThrow('no mirror is named')
  })
})

describe('unavailableSource', () => {
  it('says why when it is probed', async () => {
    expect(await mirror.probe(new AbortController().signal)).toMatchObject({
      usable: false,
      why: 'no mirror is named',
      unset: true,
    })
  })

  it('provides nothing, and has nothing', async () => {
    const options = { signal: new AbortController().signal, emit: () => {} }
    const error: unknown = await mirror.provide(options).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'prerequisite-missing', message: expect.stringContaining('mirror') })
    expect(await mirror.records(options.signal)).toEqual([])
  })
})
