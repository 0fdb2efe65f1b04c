import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SaveOptions, saveBundle } from '../../../../scripts/images/bundle/save-bundle.ts'
import { verifyArchive } from '../../../../scripts/images/bundle/verify-archive.ts'
import { failing, FakeRunner } from '../../../helpers/fake-runner.ts'

const signal = new AbortController().signal
const SHARED = Buffer.from('the layer of both '.repeat(20_000))
const NODE = Buffer.from('a layer of its own')
const PROVISION = {
  source: 'packages',
  nodeImage: 'statelab/node-image:1',
  nfsServerImage: 'statelab/nfs-server:1',
  provisionerImage: 'provisioner:v4',
  kubernetes: 'v1.36.3',
} as const

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-save-'))
  file = join(folder, 'bundle.tar')
  const files = {
    'project/package.json': '{"version":"0.1.0"}',
    'project/package-lock.json': JSON.stringify({
      packages: { '': {}, 'node_modules/a': {}, 'node_modules/b': { dev: true }, 'node_modules/elsewhere': { optional: true } },
    }),
    'project/scripts/statelab': '#!/bin/sh\n',
    'project/scripts/launch.mjs': '',
    'project/test/run.ts': '',
    'project/labs/10-a/lab.ts': '',
    'project/labs/20-b/lab.ts': '',
    'project/node_modules/a/index.js': 'export {}',
    'project/node_modules/b/index.js': 'export {}',
    'kind/kind': 'kind',
    'node/bin/node': 'node',
    'node/LICENSE': 'licence',
    'node/package.json': '{}',
  }
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const save = (runner: FakeRunner, options: Partial<SaveOptions> = {}) =>
  saveBundle(runner, {
    root: join(folder, 'project'),
    file,
    force: false,
    version: '0.1.0',
    platform: 'linux-x64',
    provision: { ...PROVISION, kind: join(folder, 'kind', 'kind') },
    references: [],
    labs: [{ id: 'a', folder: join(folder, 'project', 'labs', '10-a') }],
    pinnedNode: async () => ({
      node: join(folder, 'node', 'bin', 'node'),
      folder: join(folder, 'node'),
      archive: 'node-1.tar.gz',
    }),
    emit: () => {},
    signal,
    ...options,
  })

const hex = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

/** Docker's archive of two images: the second names the shared layer by a link, as Docker 20.10 writes it. */
async function writeExport(to: Writable, { chunk = 7000, layer = (content: Buffer) => content } = {}): Promise<void> {
  const packing = pack()
  const add = (name: string, content: Buffer): void => void packing.entry({ name }, content)
  const config = (name: string, ...layers: Buffer[]): Buffer =>
    Buffer.from(JSON.stringify({ name, rootfs: { diff_ids: layers.map((content) => `sha256:${hex(content)}`) } }))
  const configs = [config('node', SHARED, NODE), config('nfs', SHARED)]
  add('1/layer.tar', layer(SHARED))
  add('2/layer.tar', layer(NODE))
  packing.entry({ name: '3/layer.tar', type: 'symlink', linkname: '../1/layer.tar' })
  for (const content of configs) add(`${hex(content)}.json`, content)
  const manifest = [
    { Config: `${hex(configs[0]!)}.json`, RepoTags: [PROVISION.nodeImage], Layers: ['1/layer.tar', '2/layer.tar'] },
    { Config: `${hex(configs[1]!)}.json`, RepoTags: [PROVISION.nfsServerImage], Layers: ['3/layer.tar'] },
  ]
  add('manifest.json', Buffer.from(JSON.stringify(manifest)))
  packing.finalize()
  const chunks: Buffer[] = []
  for await (const block of packing as AsyncIterable<Buffer>) chunks.push(block)
  const all = Buffer.concat(chunks)
  for (let at = 0; at < all.length; at += chunk) to.write(all.subarray(at, at + chunk))
  to.end()
}

const docker = (options: Parameters<typeof writeExport>[1] = {}) =>
  new FakeRunner(async (command, { outputTo }) => {
    if (command.startsWith('docker image inspect')) return JSON.stringify({ Id: 'sha256:1', Size: 1000, Created: '' })
    if (command.startsWith('docker save')) await writeExport(outputTo!, options)
    return ''
  })

describe('saving a bundle', () => {
  test('gives one that is sound, with the project but without its tests, and the dependencies that are needed', async () => {
    const { bundle } = await save(docker())
    const { problems, files } = await verifyArchive(file, { signal })
    expect(problems).toEqual([])
    expect(bundle).toMatchObject({ schema: 1, statelab: '0.1.0', platform: 'linux-x64', source: 'packages', labs: ['a'] })
    expect([...files.keys()].filter((path) => !path.includes('blobs/'))).toEqual([
      'bundle/SHA256SUMS',
      'bundle/bundle.json',
      'bundle/index.json',
      'bundle/kind',
      'bundle/node-1.tar.gz',
      'bundle/node_modules.tar.gz',
      'bundle/oci-layout',
      'labs/10-a/lab.ts',
      'labs/20-b/lab.ts',
      'package-lock.json',
      'package.json',
      'scripts/launch.mjs',
      'scripts/statelab',
    ])
    // Two layers, two configurations, two manifests.
    expect([...files.keys()].filter((path) => path.includes('blobs/'))).toHaveLength(6)
    expect(await readdir(folder)).not.toContain('bundle.tar.partial')
  })

  test('gives the same bytes for the same inputs, however Docker hands them over', async () => {
    await save(docker({ chunk: 512 }))
    const once = await readFile(file)
    await save(docker({ chunk: 100_000, layer: (content) => gzipSync(content) }), { force: true })
    expect((await readFile(file)).equals(once)).toBe(true)
  })

  test('leaves the labs out that nobody asked for', async () => {
    await save(docker(), { labFolders: ['labs/20-b'] })
    const { files } = await verifyArchive(file, { signal })
    expect([...files.keys()].filter((path) => path.startsWith('labs/'))).toEqual(['labs/20-b/lab.ts'])
  })

  test('keeps a file that is there, unless it is to be replaced', async () => {
    await writeFile(file, 'precious')
    await expect(save(docker())).rejects.toMatchObject({ code: 'bad-input', fix: expect.stringContaining('--force') })
    expect(await readFile(file, 'utf8')).toBe('precious')
    await save(docker(), { force: true })
    expect((await verifyArchive(file, { signal })).problems).toEqual([])
  })

  test.each([
    ['a folder', (at: string) => at],
    ['a file in a folder that is not there', (at: string) => join(at, 'none', 'x.tar')],
  ])('refuses %s before anything is made', async (_, where) => {
    const runner = docker()
    await expect(save(runner, { file: where(folder), force: true })).rejects.toMatchObject({ code: 'bad-input' })
    expect(runner.commands).toEqual([])
  })

  test('leaves nothing when Docker fails, and says what Docker said', async () => {
    const runner = new FakeRunner((command, { outputTo }) => {
      outputTo?.end()
      return command.startsWith('docker save') ? failing('no such image') : JSON.stringify({ Id: 'x', Size: 1, Created: '' })
    })
    await expect(save(runner)).rejects.toMatchObject({ stderr: 'no such image' })
    expect((await readdir(folder)).filter((name) => name.startsWith('bundle'))).toEqual([])
  })

  test('leaves nothing when it is interrupted', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const pinnedNode = (): Promise<never> => {
      controller.abort(reason)
      return Promise.reject(reason)
    }
    await expect(save(docker(), { signal: controller.signal, pinnedNode })).rejects.toBe(reason)
    expect((await readdir(folder)).filter((name) => name.startsWith('bundle'))).toEqual([])
  })

  test('says that the disk is full, and leaves nothing', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    const refused = save(docker(), { pinnedNode: () => Promise.reject(full) })
    await expect(refused).rejects.toMatchObject({
      code: 'prerequisite-missing',
      message: expect.stringContaining('the disk is full'),
    })
    expect((await readdir(folder)).filter((name) => name.startsWith('bundle'))).toEqual([])
  })
})
