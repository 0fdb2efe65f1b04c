import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { extract } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { rememberedBundles } from '../../../../scripts/images/bundle/bundle-store.ts'
import { createBundleSource } from '../../../../scripts/images/bundle/bundle-source.ts'
import { loadArchive } from '../../../../scripts/images/bundle/load-bundle.ts'
import type { Layer } from '../../../../scripts/images/bundle/oci-layout.ts'
import type { RunOptions } from '../../../../scripts/process/command-runner.ts'
import { execaRunner } from '../../../../scripts/process/execa-runner.ts'
import { FakeRunner } from '../../../helpers/fake-runner.ts'
import { BUNDLE, digestOf, LAYERS, MACHINE, type SmallBundle, smallBundle } from '../../../helpers/small-bundle.ts'

const signal = new AbortController().signal
const work = { emit: () => {}, signal }
let small: SmallBundle
let cacheFolder: string

beforeEach(async () => {
  small = await smallBundle()
  cacheFolder = join(small.folder, 'cache')
})
afterEach(() => small[Symbol.asyncDispose]())

/** Docker as far as images go: what is loaded into it can be found in it. */
class FakeDocker extends FakeRunner {
  readonly images = new Map<string, string>()
  readonly received = new Map<string, Buffer>()

  constructor({ keeps = (id: string) => id } = {}) {
    super(async (command, options) => {
      if (command.startsWith('docker image inspect')) {
        const id = this.images.get(command.split(' ').at(-1) ?? '')
        return id === undefined ? { exitCode: 1, stderr: 'No such image' } : `${id} []`
      }
      if (command === 'docker load') await this.#load(options, keeps)
      if (command.startsWith('docker image rm')) for (const name of command.split(' ').slice(3)) this.images.delete(name)
      return ''
    })
  }

  async #load({ inputFrom }: RunOptions, keeps: (id: string) => string): Promise<void> {
    const unpacking = extract()
    inputFrom!.on('error', (error) => unpacking.destroy(error)).pipe(unpacking as unknown as NodeJS.WritableStream)
    for await (const entry of unpacking as AsyncIterable<AsyncIterable<Buffer> & { header: { name: string } }>) {
      const chunks: Buffer[] = []
      for await (const chunk of entry) chunks.push(chunk)
      this.received.set(entry.header.name, Buffer.concat(chunks))
    }
    const manifest = JSON.parse(this.received.get('manifest.json')!.toString()) as { Config: string; RepoTags: [string] }[]
    for (const { Config, RepoTags } of manifest) this.images.set(RepoTags[0], keeps(digestOf(this.received.get(Config)!)))
  }
}

const load = async (docker: FakeRunner, machine = MACHINE, files = small.files) =>
  loadArchive(docker, await small.write('bundle.tar', files), { cacheFolder, machine, ...work })

test('gives Docker the images as they were, a shared layer once', async () => {
  const docker = new FakeDocker()
  await load(docker)
  const layers = [...docker.received].filter(([path]) => path.endsWith('/layer.tar')).map(([, content]) => content.toString())
  expect(layers.sort()).toEqual([...LAYERS].sort())
  expect(Object.fromEntries(docker.images)).toEqual(
    Object.fromEntries(small.images.map(({ name, config }) => [name, digestOf(config)])),
  )
})

test('remembers what was loaded, with a kind program that runs', async () => {
  await load(new FakeDocker())
  const [remembered] = await rememberedBundles(cacheFolder)
  expect(remembered?.bundle).toEqual(BUNDLE)
  expect((await execaRunner.run(remembered!.kind, [])).stdout).toBe('kind')
})

test('loads nothing twice', async () => {
  const docker = new FakeDocker()
  await load(docker)
  await load(docker)
  expect(docker.commands.filter((command) => command === 'docker load')).toHaveLength(1)
})

describe('leaves nothing behind of', () => {
  const expectNothing = async (docker: FakeDocker, refused: Promise<unknown>, says: RegExp) => {
    await expect(refused).rejects.toMatchObject({ message: expect.stringMatching(says) })
    expect([...docker.images.keys()]).toEqual([])
    expect(await readdir(join(cacheFolder, 'bundle')).catch(() => [])).toEqual([])
  }

  test('a bundle of another version', async () => {
    const docker = new FakeDocker()
    await expectNothing(docker, load(docker, { ...MACHINE, version: '0.2.0' }), /it is of statelab 0\.1\.0, and this is 0\.2\.0/)
  })

  test('a bundle for another machine', async () => {
    const docker = new FakeDocker()
    await expectNothing(
      docker,
      load(docker, { ...MACHINE, platform: 'darwin-arm64' }),
      /for linux-x64, and this machine is darwin-arm64/,
    )
  })

  test('a bundle that is damaged', async () => {
    const docker = new FakeDocker()
    const without = small.files.filter(({ path }) => !path.endsWith('/kind'))
    await expectNothing(docker, load(docker, MACHINE, without), /is damaged: bundle\/kind: it is missing/)
    expect(docker.commands).toEqual([])
  })

  test('a layer that unpacks to more than was announced', async () => {
    await small[Symbol.asyncDispose]()
    small = await smallBundle({ announce: (layer: Layer) => ({ ...layer, unpackedBytes: Math.min(layer.unpackedBytes, 1000) }) })
    cacheFolder = join(small.folder, 'cache')
    const docker = new FakeDocker()
    await expectNothing(docker, load(docker), /it unpacks to more than its 1000 bytes/)
  })

  test('images that announce more than any disk has', async () => {
    await small[Symbol.asyncDispose]()
    small = await smallBundle({ announce: (layer: Layer) => ({ ...layer, unpackedBytes: 1e14 }) })
    cacheFolder = join(small.folder, 'cache')
    const docker = new FakeDocker()
    await expectNothing(docker, load(docker), /its images would take \d+ GB/)
    expect(docker.commands).not.toContain('docker load')
  })

  test('a Docker that makes something else of it', async () => {
    const docker = new FakeDocker({ keeps: (id) => id.replace(/.$/, 'x') })
    await expectNothing(docker, load(docker), /Docker made another image/)
  })
})

describe('the source bundle', () => {
  const source = (
    docker: FakeRunner,
    { root = join(small.folder, 'none'), kubernetes }: { root?: string; kubernetes?: string } = {},
  ) => createBundleSource({ runner: docker, root, cacheFolder, machine: { ...MACHINE, kubernetes } })

  test('is not worth a word where nobody has brought one', async () => {
    const docker = new FakeDocker()
    expect(await source(docker).probe(signal)).toMatchObject({ usable: false, unset: true })
    await expect(source(docker).provide(work)).rejects.toMatchObject({ code: 'prerequisite-missing' })
  })

  test('is ready once one was loaded, and says what an environment is made of', async () => {
    const docker = new FakeDocker()
    await load(docker)
    expect(await source(docker).probe(signal)).toEqual({ usable: true, ready: true, why: 'a bundle was loaded' })
    expect(await source(docker).isReady?.(signal)).toBe(true)
    expect(await source(docker).provide(work)).toMatchObject({ source: 'bundle', ...BUNDLE.provision, kubernetes: 'v1.36.3' })
  })

  test('cannot be used for another version of Kubernetes', async () => {
    const docker = new FakeDocker()
    await load(docker)
    expect(await source(docker, { kubernetes: 'v1.36.1' }).probe(signal)).toMatchObject({
      usable: false,
      why: expect.stringContaining('it has Kubernetes v1.36.3, not v1.36.1'),
    })
  })

  test('tells when its images were removed', async () => {
    const docker = new FakeDocker()
    await load(docker)
    docker.images.clear()
    expect(await source(docker).probe(signal)).toMatchObject({
      usable: false,
      why: expect.stringContaining('not in Docker any more'),
    })
  })

  test('takes everything from the folder that the project was unpacked from, checked on the way', async () => {
    const docker = new FakeDocker()
    const root = join(small.folder, 'statelab')
    await execaRunner.run('tar', ['-xf', await small.write('bundle.tar', small.files), '-C', small.folder])
    expect(await source(docker, { root }).probe(signal)).toMatchObject({ usable: true })
    expect(await source(docker, { root }).provide(work)).toMatchObject({ source: 'bundle' })
    expect(docker.images.size).toBe(2)
    expect(await source(docker, { root }).isReady?.(signal)).toBe(true)
  })

  test('refuses an unpacked bundle of which a layer was changed', async () => {
    const docker = new FakeDocker()
    const root = join(small.folder, 'statelab')
    await execaRunner.run('tar', ['-xf', await small.write('bundle.tar', small.files), '-C', small.folder])
    const [layer] = small.images[0]!.layers
    const blob = join(root, 'bundle', 'blobs', 'sha256', layer!.digest.replace('sha256:', ''))
    const content = await readFile(blob)
    content[20] = (content[20] ?? 0) ^ 1
    await (await import('node:fs/promises')).writeFile(blob, content)
    await expect(source(docker, { root }).provide(work)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/is damaged: bundle\/blobs/),
    })
    expect(docker.images.size).toBe(0)
  })
})
