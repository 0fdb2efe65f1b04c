import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { differenceFromLock, installedPackages } from '../../../../scripts/images/packages/installed-packages.ts'
import { FakeRunner, failing } from '../../../helpers/fake-runner.ts'

let cacheFolder: string
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'statelab-dpkg-'))
})
afterEach(() => rm(cacheFolder, { recursive: true, force: true }))

/** A Docker whose container has these files below /var/lib/dpkg; none at all when left out. */
const docker = (files?: Readonly<Record<string, string>>) =>
  new FakeRunner(async (command) => {
    if (command.startsWith('docker create')) return 'c0ffee'
    const to = /^docker cp c0ffee:\/var\/lib\/dpkg\/\. (\S+)$/.exec(command)?.[1]
    if (to === undefined) return ''
    if (!files) return failing('Could not find the file /var/lib/dpkg/. in container c0ffee')
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(to, path, '..'), { recursive: true })
      await writeFile(join(to, path), text)
    }
    return ''
  })

const installed = (runner: FakeRunner) =>
  installedPackages(runner, 'statelab/x:1', { cacheFolder, signal: new AbortController().signal })

const stanza = (name: string, version: string): string => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`

describe('installedPackages', () => {
  it.each([
    ['a package database', { status: `${stanza('a', '1')}\n${stanza('b', '1:2')}`, 'info/a.list': 'Package: no\nVersion: 3\n' }],
    ['records of single packages', { 'status.d/a': stanza('a', '1'), 'status.d/b': stanza('b', '1:2') }],
  ])('reads %s', async (_kind, files) => {
    expect(await installed(docker(files))).toEqual({ a: '1', b: '1:2' })
  })

  it('finds nothing in an image without records', async () => {
    expect(await installed(docker())).toEqual({})
  })

  it('runs nothing of the image, and leaves neither container nor file', async () => {
    const runner = docker({ status: stanza('a', '1') })
    await installed(runner)
    expect(runner.calls.map(({ args: [verb] }) => verb)).toEqual(['create', 'cp', 'rm'])
    expect(runner.commands.at(-1)).toBe('docker rm --force --volumes c0ffee')
    expect(await readdir(cacheFolder)).toEqual([])
  })
})

describe('differenceFromLock', () => {
  it('names what differs, and nothing that only one of both has', () => {
    expect(differenceFromLock({ a: '1', b: '2', c: '3' }, { a: '1', b: '9', d: '4' })).toBe(
      'other packages than in the lock file: b 2 instead of 9',
    )
    expect(differenceFromLock({ a: '1', c: '3' }, { a: '1', d: '4' })).toBeUndefined()
  })
})
