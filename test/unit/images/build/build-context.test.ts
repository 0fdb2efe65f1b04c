import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assembleContext } from '../../../../scripts/images/build/build-context.ts'

let folder: string
let source: string
let cache: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-context-'))
  source = join(folder, 'source')
  cache = join(folder, 'cache')
  await mkdir(join(source, 'sub'), { recursive: true })
  await mkdir(cache)
  await writeFile(join(source, 'Dockerfile'), 'FROM scratch')
  await writeFile(join(source, 'sub', 'run'), '#!/bin/sh', { mode: 0o755 })
  await symlink('../Dockerfile', join(source, 'sub', 'link'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('assembleContext', () => {
  it('puts folders, files, texts and links together', async () => {
    await using context = await assembleContext(cache, [
      { from: source, to: '.' },
      { from: join(source, 'Dockerfile'), to: 'deep/er/copy' },
      { to: 'files/version', text: 'v1' },
      { to: 'programs/kubelet', link: 'kube' },
    ])
    const at = (path: string): string => join(context.folder, path)
    expect(await readFile(at('Dockerfile'), 'utf8')).toBe('FROM scratch')
    expect((await stat(at('sub/run'))).mode & 0o777).toBe(0o755)
    expect(await readlink(at('sub/link'))).toBe('../Dockerfile')
    expect(await readFile(at('deep/er/copy'), 'utf8')).toBe('FROM scratch')
    expect(await readFile(at('files/version'), 'utf8')).toBe('v1')
    expect(await readlink(at('programs/kubelet'))).toBe('kube')
  })

  it('lets later entries add to folders that were read-only, and take the place of files', async () => {
    await chmod(join(source, 'sub'), 0o555)
    await chmod(source, 0o555)
    await using context = await assembleContext(cache, [
      { from: source, to: 'files' },
      { to: 'files/sub/added', text: 'x' },
      { to: 'files/Dockerfile', text: 'FROM other' },
    ])
    for (const path of ['files', 'files/sub']) expect((await lstat(join(context.folder, path))).mode & 0o777).toBe(0o755)
    expect(await readFile(join(context.folder, 'files/Dockerfile'), 'utf8')).toBe('FROM other')
    await chmod(source, 0o755)
  })

  it('goes away when it is disposed of; the sources stay', async () => {
    const context = await assembleContext(cache, [{ from: source, to: 'x' }])
    await context[Symbol.asyncDispose]()
    expect(await readdir(cache)).toEqual([])
    expect((await readdir(source)).sort()).toEqual(['Dockerfile', 'sub'])
  })

  it('leaves nothing when it fails half-way', async () => {
    const entries = [
      { from: source, to: 'x' },
      { from: join(folder, 'none'), to: 'y' },
    ]
    await expect(assembleContext(cache, entries)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await readdir(cache)).toEqual([])
  })
})
