import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '../../../scripts/commands/engine.ts'
import { images } from '../../../scripts/commands/images.ts'
import type { Session } from '../../../scripts/commands/session.ts'
import { createTranslate } from '../../../scripts/messages/translate.ts'
import { createStyle } from '../../../scripts/report/style.ts'
import type { Language } from '../../../scripts/text.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'statelab-images-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

/** Runs the verb as far as it goes without a terminal. */
async function run(engine: Partial<Engine>, args: readonly string[] = [], options = {}, language: Language = 'en') {
  let [text, json]: [string, unknown] = ['', undefined]
  const { signal } = new AbortController()
  const session = {
    io: { cwd },
    engine,
    settings: { source: 'packages', mirrors: { registries: [] } },
    t: createTranslate(language),
    style: createStyle(false),
    signal,
    work: (work: (emit: () => void, within: AbortSignal) => Promise<unknown>) => work(() => {}, signal),
    answer: (data: unknown, render: () => string) => {
      json = data
      text = render()
    },
  } as unknown as Session
  const exitCode = await images.run(session, { args, options })
  return { exitCode, text, json }
}

const record = (reference: string, remake: string, digest?: string) => ({
  reference,
  source: 'packages' as const,
  remake,
  ...(digest !== undefined && { digest, sizeBytes: 23_200_000, createdAt: new Date().toISOString() }),
})

describe('images', () => {
  it('shows each reference with its source, digest, size and age, and once how to make them again', async () => {
    const records = [
      record('redis:7.0', 'statelab up --source packages', `sha256:${'a'.repeat(64)}`),
      record('nginx:1', 'statelab up --source packages'),
    ]
    const { text, json } = await run({ images: async () => records })
    expect(text).toMatch(/^redis:7\.0 +packages +sha256:a{12} +23\.2 MB +0m$/m)
    expect(text).toMatch(/^nginx:1 +packages +not made yet +- +-$/m)
    expect(text.split('\n').slice(-3)).toEqual(['To make them again:', '  statelab up --source packages', ''])
    expect(json).toEqual({ images: records })
  })

  it('says which image each command makes when there are several', async () => {
    const records = [
      record('redis:7.0', 'docker pull redis'),
      record('node', 'statelab up'),
      record('redis:7', 'docker pull redis'),
    ]
    const { text } = await run({ images: async () => records })
    expect(text).toContain('  docker pull redis  # redis:7.0, redis:7\n  statelab up  # node\n')
  })

  it('writes what they are made of into a folder, seen from where it was typed', async () => {
    let folder = ''
    const writeSboms: Engine['writeSboms'] = async (work) => {
      folder = work.folder
      return [join(work.folder, 'redis.cdx.json')]
    }
    const { text, json } = await run({ writeSboms }, [], { sbom: 'sboms' })
    expect(folder).toBe(join(cwd, 'sboms'))
    expect(json).toEqual({ sboms: [join(folder, 'redis.cdx.json')] })
    expect(text).toContain(join(folder, 'redis.cdx.json'))
  })

  it.each(['en', 'zh'] as const)('gc says in %s what is gone and how much that was', async (language) => {
    const garbage = {
      images: [{ reference: 'statelab/redis:old', id: 'sha256:1' }],
      files: [{ path: '/cache/go/old', sizeBytes: 299_700_000 }],
      freedBytes: 1_320_000_000,
    }
    const collectGarbage: Engine['collectGarbage'] = async ({ dryRun }) => ({ ...garbage, dryRun })
    const done = await run({ collectGarbage }, ['gc'], {}, language)
    expect(done.json).toEqual({ ...garbage, dryRun: false })
    for (const part of ['statelab/redis:old', '/cache/go/old', '299.7 MB', '1.32 GB']) expect(done.text).toContain(part)
    const tried = await run({ collectGarbage }, ['gc'], { dryRun: true }, language)
    expect(tried.json).toMatchObject({ dryRun: true })
    expect(tried.text).not.toBe(done.text)
  })

  it('gc says when there is nothing to remove', async () => {
    const collectGarbage: Engine['collectGarbage'] = async ({ dryRun }) => ({ images: [], files: [], freedBytes: 0, dryRun })
    expect((await run({ collectGarbage }, ['gc'])).text).toBe('Nothing to remove.\n')
  })

  it.each([
    ['something that it cannot do', ['prune'], {}],
    ['gc with files to write', ['gc'], { sbom: 'x' }],
    ['a trial of nothing', [], { dryRun: true }],
    ['a file in place of a folder', [], { sbom: 'file' }],
  ])('refuses %s before anything is done', async (_what, args, options) => {
    writeFileSync(join(cwd, 'file'), '')
    await expect(run({}, args, options)).rejects.toMatchObject({ code: 'bad-input' })
  })
})
