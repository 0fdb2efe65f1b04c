import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { exitCodeOf } from '../../../../scripts/errors.ts'
import type { ProgressEvent } from '../../../../scripts/events.ts'
import { type ImageLock, readImageLock } from '../../../../scripts/images/lock.ts'
import { parseMirrors } from '../../../../scripts/images/registry/mirrors.ts'
import { resolvePlan } from '../../../../scripts/images/registry/plan.ts'
import { createRegistrySource, type RegistryOptions } from '../../../../scripts/images/registry/registry-source.ts'
import { type Answer, failing } from '../../../helpers/fake-runner.ts'
import { FakeBuilder } from '../packages/fake-builder.ts'
import { copyProject, type ProjectCopy } from '../packages/project-copy.ts'

/** A Docker that also pulls: what it pulled has the digest that was asked for. */
class FakePuller extends FakeBuilder {
  pulling: (name: string) => Answer = () => undefined
  onPath = 'kind v0.33.0 go1.26.1 linux/amd64'

  constructor(root: string) {
    super(root)
    this.disturb = (command) => this.#answerToPull(command)
  }

  /** The repositories that were pulled, without their digests. */
  get pulled(): string[] {
    return this.calls.flatMap(({ args: [verb, name = ''] }) => (verb === 'pull' ? [name.replace(/@.*/, '')] : []))
  }

  #answerToPull(command: string): Answer {
    if (command === 'kind version') return this.onPath
    const [, name] = /^docker pull (\S+)$/.exec(command) ?? []
    if (name !== undefined) return this.pulling(name) ?? 'Pull complete'
    const [, inspected] = /RepoDigests.* (\S+@\S+)$/.exec(command) ?? []
    if (inspected !== undefined) return JSON.stringify([inspected])
    const [, tag] = /^docker tag \S+ (\S+)$/.exec(command) ?? []
    if (tag !== undefined) this.images.add(tag)
    // Not an image: a build argument that names an archive.
    return command.startsWith('docker build') && command.includes('DEBIAN_MIRROR') ? this.#built(command) : undefined
  }

  #built(command: string): string {
    this.images.add(/--tag (\S+) /.exec(command)?.[1] ?? '')
    return 'built'
  }
}

let project: ProjectCopy
let docker: FakePuller
let lock: ImageLock
beforeEach(async () => {
  project = await copyProject()
  docker = new FakePuller(project.root)
  lock = await readImageLock(join(project.root, 'manifests', 'images.lock.yaml'))
})
afterEach(() => project[Symbol.asyncDispose]())

const open = (changes: Partial<RegistryOptions> = {}) =>
  createRegistrySource({
    ...{ runner: docker, root: project.root, cacheFolder: project.cacheFolder, platform: 'linux', arch: 'x64' },
    fetch: async () => new Response(null, { status: 401 }),
    ...changes,
  })

async function provide(changes: Partial<RegistryOptions> = {}, labImages?: ReadonlySet<string>) {
  const events: ProgressEvent[] = []
  const { signal } = new AbortController()
  const emit = (event: ProgressEvent): void => void events.push(event)
  const provision = await (await open(changes)).provide({ signal, emit, parent: 'images', ...(labImages && { labImages }) })
  return { provision, events }
}

const UPSTREAM = [
  'docker.io/library/redis',
  'docker.io/library/nginx',
  'registry.k8s.io/sig-storage/nfs-subdir-external-provisioner',
  'registry.k8s.io/metrics-server/metrics-server',
  'docker.io/library/debian',
  'docker.io/kindest/node',
]

describe('the registry source', () => {
  it('pulls the official images and builds the rest on them', async () => {
    const { provision, events } = await provide()
    expect(docker.pulled.toSorted()).toEqual(UPSTREAM.toSorted())
    expect(docker.made.toSorted()).toEqual(['nfs-mount', 'nfs-server', 'node', 'node-image'])
    expect(provision).toEqual({
      source: 'registry',
      nodeImage: expect.stringMatching(/^statelab\/node-image:v1\.36\.4-[0-9a-f]{12}$/),
      nfsServerImage: expect.stringMatching(/^statelab\/nfs-server:[0-9a-f]{12}$/),
      provisionerImage: 'registry.k8s.io/sig-storage/nfs-subdir-external-provisioner:v4.0.2',
      metricsServerImage: 'registry.k8s.io/metrics-server/metrics-server:v0.9.0',
      kind: 'kind',
      kubernetes: 'v1.36.4',
    })
    expect(docker.images).toContain(provision.nodeImage)
    const started = events.filter((event) => event.type === 'step-started')
    expect(started.every(({ parent }) => parent === 'images')).toBe(true)
    expect(started.map(({ title }) => title)).toContain('Pull docker.io/library/redis:7.0.15')
  })

  it('begins with the small images', async () => {
    await provide()
    expect(docker.pulled.indexOf('docker.io/kindest/node')).toBe(UPSTREAM.length - 1)
  })

  it('gives the Dockerfiles the arguments that they have', async () => {
    await provide()
    const node = docker.commands.find((command) => command.startsWith('docker build') && command.includes('statelab/node:')) ?? ''
    expect(node).toContain(`--build-arg BASE=statelab/upstream-node:${lock.node.digest.slice(7, 19)}`)
    expect(node).toMatch(/--build-arg NFS_MOUNT=statelab\/nfs-mount:[0-9a-f]{12}/)
    expect(node).toContain('dev.statelab.source=registry')
  })

  it('makes nothing and says nothing when everything is there', async () => {
    const { provision } = await provide()
    const before = docker.calls.length
    expect(await provide()).toEqual({ provision, events: [] })
    const later = docker.commands.slice(before)
    expect(
      later.every((command) => /^(?:docker image inspect|kind version|which kind)/.test(command)),
      later.join('\n'),
    ).toBe(true)
  })

  it('pulls nothing again when one image failed', async () => {
    docker.pulling = (name) => (name.includes('/nginx@') ? failing('manifest unknown') : undefined)
    const error: unknown = await provide().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'image-failed', message: expect.stringContaining('docker.io/library/nginx:1.22.1') })
    docker.pulling = () => undefined
    const tagged = docker.commands.filter((command) => command.startsWith('docker tag')).length
    const before = docker.pulled.length
    await provide()
    expect(docker.pulled.slice(before)).toHaveLength(UPSTREAM.length - tagged)
  })

  it('bakes only the images that labs name, beside its own', async () => {
    await provide({}, new Set(['redis:7.0']))
    expect(docker.pulled).not.toContain('docker.io/library/nginx')
    expect(docker.pulled).toContain('docker.io/library/redis')
    const small = await resolvePlan({ root: project.root, lock, labImages: new Set(['redis:7.0']) })
    expect(small.nodeImage).not.toBe((await resolvePlan({ root: project.root, lock })).nodeImage)
  })

  it('takes another lock file', async () => {
    const other = join(project.root, 'other.yaml')
    const changed = parse(stringify(lock)) as ImageLock
    await writeFile(other, stringify({ ...changed, node: { ...changed.node, reference: 'r.example/node:v1.30.0' } }))
    expect((await provide({ lockFile: other })).provision.kubernetes).toBe('v1.30.0')
    expect(docker.pulled).toContain('r.example/node')
  })

  it('has one version of Kubernetes only', async () => {
    const error: unknown = await provide({ kubernetes: 'v1.36.1' }).catch((thrown: unknown) => thrown)
    expect(exitCodeOf(error)).toBe(2)
    expect(error).toMatchObject({ message: 'image source registry has Kubernetes v1.36.4 only, not v1.36.1' })
    expect(docker.calls).toEqual([])
    expect((await provide({ kubernetes: 'v1.36.4' })).provision.kubernetes).toBe('v1.36.4')
  })

  it('takes a full disk for what it is, also while it builds', async () => {
    const { disturb } = docker
    docker.disturb = (command) => (command.startsWith('docker commit') ? failing('no space left on device') : disturb(command))
    const error: unknown = await provide().catch((thrown: unknown) => thrown)
    expect(exitCodeOf(error)).toBe(3)
    expect(error).toMatchObject({ message: expect.stringContaining('the disk is full') })
    expect((await readdir(project.cacheFolder)).filter((name) => name !== 'kind')).toEqual([])
  })

  it('waits for another process that builds', async () => {
    await mkdir(project.cacheFolder, { recursive: true })
    const { tryLockFile } = await import('../../../../scripts/process/lock-file.ts')
    const attempt = await tryLockFile(join(project.cacheFolder, 'build.lock'))
    if (!('lock' in attempt)) throw new Error('the lock is taken')
    const notes: string[] = []
    const emit = (event: ProgressEvent): void => {
      if (event.type !== 'note') return
      notes.push(event.text)
      void attempt.lock[Symbol.asyncDispose]()
    }
    await (await open()).provide({ signal: new AbortController().signal, emit })
    expect(notes).toEqual([`waiting: process ${process.pid} is building images`])
  })
})

describe('a probe of the registry source', () => {
  const { signal } = new AbortController()

  it('asks the registries, as long as not everything is there', async () => {
    expect(await (await open()).probe(signal)).toEqual({
      usable: true,
      why: 'registry.k8s.io and registry-1.docker.io can be reached',
    })
    await provide()
    const fetch = () => Promise.reject(new Error('was asked'))
    expect(await (await open({ fetch })).probe(signal)).toMatchObject({ usable: true, ready: true })
    expect(await (await open({ fetch })).isReady?.(signal)).toBe(true)
  })

  it('is not ready without a kind program', async () => {
    await provide()
    docker.onPath = 'kind v0.1.0'
    expect(await (await open()).isReady?.(signal)).toBe(false)
  })

  it('says which version there is when another is wanted', async () => {
    expect(await (await open({ kubernetes: 'v1.36.1' })).probe(signal)).toEqual({
      usable: false,
      why: 'it has Kubernetes v1.36.4 only',
    })
  })
})

describe('the mirror source', () => {
  const mirrors = parseMirrors(['m.example/p', 'debian=http://d.example/debian'])

  it('pulls everything from the mirror, and makes the very same', async () => {
    const official = (await provide()).provision
    docker = new FakePuller(project.root)
    docker.pulling = (name) =>
      name.startsWith('m.example/p/docker.io/') || name.includes('/registry.k8s.io/') ? undefined : failing('manifest unknown')
    const { provision } = await provide({ mirrors })
    expect(provision).toEqual({ ...official, source: 'mirror' })
    expect(docker.pulled.every((name) => name.startsWith('m.example/p/'))).toBe(true)
  })

  it('builds with its own archive of Debian packages', async () => {
    await provide({ mirrors })
    const builds = docker.commands.filter((command) => command.includes('DEBIAN_MIRROR=http://d.example/debian'))
    expect(builds.map((command) => /--tag statelab\/([a-z-]+):/.exec(command)?.[1]).toSorted()).toEqual([
      'nfs-mount',
      'nfs-server',
    ])
  })

  it('says how everything is made again', async () => {
    const records = await (await open({ mirrors })).records(new AbortController().signal)
    expect(records.map(({ reference }) => reference)).toEqual(expect.arrayContaining(['docker.io/library/redis:alpine']))
    expect(records.every(({ source, remake }) => source === 'mirror' && remake === 'statelab up --source mirror')).toBe(true)
  })
})

describe('the plan of the registry source', () => {
  it.each([
    ['images/nfs-server/ganesha.conf', ['nfsServer']],
    ['images/nfs-mount/src/main.c', ['nfsMount', 'node', 'nodeImage']],
    ['images/node-upstream/Dockerfile', ['node', 'nodeImage']],
    ['images/node/bake', ['node', 'nodeImage']],
    ['images/node/Dockerfile', []],
    ['manifests/kind/default-storage.yaml', ['node', 'nodeImage']],
    ['images/redis/Dockerfile', []],
  ])('changes with %s exactly %j', async (file, changed) => {
    const before = await resolvePlan({ root: project.root, lock })
    await project.change(file)
    const after = await resolvePlan({ root: project.root, lock })
    const names = ['nfsServer', 'nfsMount', 'node', 'nodeImage'] as const
    expect(names.filter((name) => before[name] !== after[name])).toEqual(changed)
  })

  it('changes with a digest', async () => {
    const other = { ...lock, node: { ...lock.node, digest: `sha256:${'b'.repeat(64)}` } }
    const [before, after] = [
      await resolvePlan({ root: project.root, lock }),
      await resolvePlan({ root: project.root, lock: other }),
    ]
    expect(after.node).not.toBe(before.node)
    expect(after.nfsServer).toBe(before.nfsServer)
  })
})
