import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROJECT } from '../../../scripts/commands/project.ts'
import type { ProgressEvent } from '../../../scripts/events.ts'
import { readImageLock } from '../../../scripts/images/lock.ts'
import { parseMirrors } from '../../../scripts/images/registry/mirrors.ts'
import { createRegistrySource } from '../../../scripts/images/registry/registry-source.ts'
import type { ImageSource, Provision } from '../../../scripts/images/source.ts'
import type { CommandRunner } from '../../../scripts/process/command-runner.ts'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'
import { fillRegistry } from '../../helpers/fill-registry.ts'
import { officialImages, writeLockFile } from '../../helpers/official-images.ts'
import { startRegistry, type TestRegistry } from '../../helpers/registry.ts'
import { removeProvided } from '../../helpers/remove-provided.ts'

const PREFIX = 'teaching/hub'
const NGINX = 'docker.io/library/nginx:1.22.1'

describe('the sources registry and mirror', () => {
  const cleanup = new AsyncDisposableStack()
  let registry: TestRegistry
  let digests: ReadonlyMap<string, string>
  let folder: string
  let runner: CommandRunner

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'statelab-registry-'))
    cleanup.defer(() => rm(folder, { recursive: true, force: true }))
    const { images, programs } = await officialImages(signal())
    registry = cleanup.use(await startRegistry())
    digests = await fillRegistry(registry, images)
    expect(await fillRegistry(registry, images, { prefix: PREFIX, naming: 'with-registry' })).toEqual(digests)
    const env = { PATH: `${programs}${delimiter}${process.env.PATH}` }
    runner = { run: (file, args, options) => execaRunner.run(file, args, { ...options, env: { ...env, ...options?.env } }) }
    await removeImages()
    cleanup.defer(removeImages)
  }, 10 * 60_000)

  afterAll(() => cleanup.disposeAsync())

  describe('registry', () => {
    let source: ImageSource
    let provision: Provision

    beforeAll(async () => {
      source = await open({ registry: registry.host })
    })

    test('is chosen when the registries of the lock file answer', async () => {
      expect(source.name).toBe('registry')
      expect(await source.probe(signal())).toEqual({ usable: true, why: `${registry.host} can be reached` })
    })

    test('provides everything, step by step', async () => {
      const { events, result } = await provide(source)
      provision = result
      expect(provision).toMatchObject({ source: 'registry', kubernetes: 'v1.36.3' })
      const done = events.flatMap((event) => (event.type === 'step-finished' ? [`${event.id}: ${event.outcome}`] : []))
      for (const id of ['pull-node', 'pull-debian', 'pull-redis', 'pull-nginx', 'pull-nfs-provisioner', 'node', 'node-image']) {
        expect(done).toContain(`image-${id}: done`)
      }
      expect(await label(provision.nodeImage, 'dev.statelab.source')).toBe('registry')
      expect(await label(provision.nfsServerImage, 'dev.statelab.image')).toBe('nfs-server')
      expect((await runner.run(provision.kind, ['version'])).stdout).toContain('v0.33.0')
    })

    test('has every image in the node, its own and those of labs', async () => {
      const { images } = await readImageLock(join(PROJECT.root, 'manifests', 'images.lock.yaml'))
      const expected = images.flatMap(({ references }) =>
        references.map((reference) => reference.replace('${kubernetes}', 'v1.36.3')),
      )
      expect(await imagesIn(provision.nodeImage)).toEqual(expect.arrayContaining(expected))
    })

    test('does and says nothing the second time', async () => {
      const again = await open({ registry: registry.host })
      expect(await again.probe(signal())).toMatchObject({ usable: true, ready: true })
      expect(await provide(again)).toEqual({ events: [], result: provision })
    })

    test('knows every image that it has provided', async () => {
      const records = await source.records(signal())
      expect(records.map(({ reference }) => reference)).toContain('docker.io/library/redis:alpine')
      for (const record of records)
        expect(record).toMatchObject({ digest: expect.stringMatching(/^sha256:/), source: 'registry' })
    })

    test('is as good as a mirror: what has the same digests is not fetched again', async () => {
      const mirror = await open({ mirrors: [`${registry.host}/${PREFIX}`] })
      expect(mirror.name).toBe('mirror')
      expect(await provide(mirror)).toEqual({ events: [], result: { ...provision, source: 'mirror' } })
    })

    test('still works when the registry is gone', async () => {
      const gone = await open({ mirrors: ['127.0.0.1:1'] })
      expect(await gone.probe(signal())).toMatchObject({ usable: true, ready: true })
      expect((await provide(gone)).result.nodeImage).toBe(provision.nodeImage)
    })
  })

  test('a mirror under a prefix provides an environment with the images of one lab only', async () => {
    const mirror = await open({ mirrors: [`${registry.host}/${PREFIX}`] })
    const { result } = await provide(mirror, { labImages: LABS[1] })
    const images = await imagesIn(result.nodeImage)
    expect(images).toContain('docker.io/library/redis:7.0')
    expect(images.filter((image) => image.includes('nginx'))).toEqual([])
  })

  test('an interrupted bake leaves nothing behind', async () => {
    const mirror = await open({ mirrors: [registry.host] })
    const controller = new AbortController()
    let isUnpacking = false
    const onEvent = (event: ProgressEvent): void => {
      if (event.type !== 'step-progress') return
      // The line after it comes out of the container.
      if (isUnpacking) controller.abort(new Error('enough'))
      isUnpacking ||= event.line === 'unpacking the images'
    }
    await expect(provide(mirror, { labImages: LABS[2], signal: controller.signal, onEvent })).rejects.toThrow('enough')
    expect((await runner.run('docker', ['ps', '--all', '--format', '{{.Names}}'])).stdout).not.toContain('statelab-bake')
    expect((await readdir(folder)).filter((name) => /^(?:bake|context)-/.test(name))).toEqual([])
  })

  test('an image that the registry does not have fails with its name, and no node is made', async () => {
    const missing = new Map(digests).set(NGINX, `sha256:${'0'.repeat(64)}`)
    const source = await open({ mirrors: [registry.host], digests: missing })
    await expect(provide(source)).rejects.toMatchObject({
      code: 'image-failed',
      message: expect.stringContaining(`${NGINX} could not be pulled from ${registry.host}: `),
      fix: expect.any(String),
    })
    expect(await source.isReady?.(signal())).toBe(false)
  })

  test('a mirror that refuses, and one that is silent, are not usable, and that is known in 5 s', async () => {
    await using silent = await listen()
    const closed = await listen()
    await closed[Symbol.asyncDispose]()
    const missing = new Map([...digests].map(([reference]) => [reference, `sha256:${'1'.repeat(64)}`] as const))
    const probe = async (host: string) => (await open({ mirrors: [host], digests: missing })).probe(signal())
    expect(await probe(closed.host)).toMatchObject({
      usable: false,
      why: `${closed.host}: connection refused`,
      fix: expect.stringContaining(`curl -v https://${closed.host}/v2/`),
    })
    const startedAt = performance.now()
    expect(await probe(silent.host)).toMatchObject({ usable: false, why: `${silent.host}: no answer` })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  test('there is only the Kubernetes of the official node', async () => {
    const source = await open({ mirrors: [registry.host], kubernetes: 'v1.36.1' })
    expect(await source.probe(signal())).toMatchObject({ usable: false, why: 'it has Kubernetes v1.36.3 only' })
    await expect(provide(source)).rejects.toMatchObject({ code: 'bad-input', fix: expect.stringContaining('--source packages') })
  })

  async function open(options: {
    /** The registry of every reference in the lock file. Default: those where the images are officially. */
    readonly registry?: string
    readonly mirrors?: readonly string[]
    readonly digests?: ReadonlyMap<string, string>
    readonly kubernetes?: string
  }): Promise<ImageSource> {
    const lockFile = join(folder, 'images.lock.yaml')
    await writeLockFile(
      lockFile,
      options.digests ?? digests,
      options.registry === undefined ? {} : { registry: options.registry },
    )
    return createRegistrySource({
      ...{ runner, root: PROJECT.root, lockFile, cacheFolder: folder, platform: process.platform, arch: process.arch },
      ...(options.mirrors && { mirrors: parseMirrors(options.mirrors) }),
      ...(options.kubernetes !== undefined && { kubernetes: options.kubernetes }),
    })
  }

  async function provide(
    source: ImageSource,
    options: {
      readonly labImages?: ReadonlySet<string>
      readonly signal?: AbortSignal
      readonly onEvent?: (event: ProgressEvent) => void
    } = {},
  ): Promise<{ readonly events: readonly ProgressEvent[]; readonly result: Provision }> {
    const { onEvent, ...given } = options
    const events: ProgressEvent[] = []
    const emit = (event: ProgressEvent): void => {
      events.push(event)
      onEvent?.(event)
    }
    const result = await source.provide({ signal: signal(), ...given, emit })
    return { events, result }
  }

  /** Starts the node's containerd on what was baked, and asks it. */
  async function imagesIn(nodeImage: string): Promise<string[]> {
    const ask = 'containerd >/dev/null 2>&1 & until ctr version >/dev/null 2>&1; do sleep 0.1; done; ctr -n k8s.io images ls -q'
    const { stdout } = await runner.run('docker', [
      'run',
      '--rm',
      '--network',
      'none',
      '--entrypoint',
      'sh',
      nodeImage,
      '-c',
      ask,
    ])
    return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('sha256:'))
  }

  async function label(image: string, name: string): Promise<string> {
    return (await runner.run('docker', ['image', 'inspect', '--format', `{{index .Config.Labels "${name}"}}`, image])).stdout
  }

  async function removeImages(): Promise<void> {
    const lockFile = join(folder, 'images.lock.yaml')
    await writeLockFile(lockFile, digests)
    await removeProvided(lockFile, LABS)
  }
})

/** What goes into the nodes of these tests. */
const LABS = [undefined, new Set(['redis:7.0']), new Set(['nginx:1.22'])] as const

/** Takes connections and says nothing. */
async function listen(): Promise<AsyncDisposable & { readonly host: string }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => void sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const signal = (): AbortSignal => AbortSignal.timeout(5 * 60_000)
