import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildDebian } from '../../../../scripts/images/packages/debian.ts'
import { FakeRunner, failing } from '../../../helpers/fake-runner.ts'

let cacheFolder: string
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'statelab-debian-'))
})
afterEach(() => rm(cacheFolder, { recursive: true, force: true }))

const build = (runner: FakeRunner) =>
  buildDebian(runner, {
    tag: 'statelab/debian:1',
    suite: 'bookworm',
    context: '/images/debian',
    labels: { 'a.b': 'c' },
    cacheFolder,
    signal: new AbortController().signal,
    progress: () => {},
  })

describe('buildDebian', () => {
  it('makes a root file system from packages, imports it, and builds on that', async () => {
    const runner = new FakeRunner()
    await build(runner)
    const [debootstrap, imported, built] = runner.calls
    const archive = debootstrap?.args.at(-1)
    expect([debootstrap?.file, debootstrap?.args.at(-2)]).toEqual(['mmdebstrap', 'bookworm'])
    expect(imported?.args).toEqual(['import', archive, 'statelab/debian:1-rootfs'])
    expect(built?.args.join(' ')).toContain('--tag statelab/debian:1 --build-arg BASE=statelab/debian:1-rootfs --label a.b=c')
  })

  it.each(['mmdebstrap', 'docker import', 'docker build'])('leaves no archive behind when %s fails', async (program) => {
    const runner = new FakeRunner((command) => (command.startsWith(program) ? failing('no') : ''))
    await expect(build(runner)).rejects.toMatchObject({ code: 'command-failed' })
    expect(await readdir(cacheFolder)).toEqual([])
  })
})
