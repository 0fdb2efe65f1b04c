import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../../../scripts/errors.ts'
import type { ProgressEvent } from '../../../../scripts/events.ts'
import { createPackagesSource, type PackagesOptions } from '../../../../scripts/images/packages/packages-source.ts'
import { TARGETS } from '../../../../scripts/images/packages/targets.ts'
import { tryLockFile } from '../../../../scripts/process/lock-file.ts'
import { failing } from '../../../helpers/fake-runner.ts'
import { FakeBuilder } from './fake-builder.ts'
import { copyProject, type ProjectCopy } from './project-copy.ts'

let project: ProjectCopy
let builder: FakeBuilder
let asked: string[]
beforeEach(async () => {
  project = await copyProject()
  builder = new FakeBuilder(project.root)
  asked = []
})
afterEach(() => project[Symbol.asyncDispose]())

const open = (changes: Partial<PackagesOptions> = {}) =>
  createPackagesSource({
    runner: builder,
    root: project.root,
    cacheFolder: project.cacheFolder,
    platform: 'linux',
    ensurePrograms: async (programs) => void asked.push(...programs),
    ...changes,
  })

async function provide(changes: Partial<PackagesOptions> = {}, signal = new AbortController().signal) {
  const events: ProgressEvent[] = []
  const source = await open(changes)
  const provision = await source.provide({ signal, emit: (event) => events.push(event), parent: 'images' })
  return { provision, events }
}

const EVERYTHING = ['debian', 'debian', ...TARGETS.map(({ id }) => id.replace('/', '-')), 'node-image'].sort()

describe('the packages source', () => {
  it('can be used on Linux, and says why not elsewhere', async () => {
    const { signal } = new AbortController()
    expect(await (await open()).probe(signal)).toMatchObject({ usable: true })
    expect(await (await open({ platform: 'darwin' })).probe(signal)).toEqual({ usable: false, why: 'builds on Linux only' })
  })

  it('makes everything, each image from images that are there', async () => {
    const { provision, events } = await provide()
    expect(builder.made.sort()).toEqual(EVERYTHING)
    expect(provision).toEqual({
      source: 'packages',
      nodeImage: expect.stringMatching(/^statelab\/node-image:v1\.36\.3-[0-9a-f]{12}$/),
      nfsServerImage: expect.stringMatching(/^statelab\/nfs-server:[0-9a-f]{12}$/),
      provisionerImage: 'registry.k8s.io/sig-storage/nfs-subdir-external-provisioner:v4.0.2',
      metricsServerImage: 'registry.k8s.io/metrics-server/metrics-server:v0.9.0',
      kind: expect.stringMatching(/\/kind$/),
      kubernetes: 'v1.36.3',
    })
    expect(builder.images).toContain(provision.nodeImage)
    expect(builder.images).toContain(provision.nfsServerImage)
    expect(asked).toEqual(['mmdebstrap', 'go'])
    const started = events.filter((event) => event.type === 'step-started')
    expect(started.map(({ parent }) => parent)).toEqual(started.map(() => 'images'))
  })

  it('names images that the lock file has', async () => {
    const { provisionerImage, metricsServerImage } = (await provide()).provision
    const references = (await (await open()).records(new AbortController().signal)).map(({ reference }) => reference)
    expect(references).toEqual(expect.arrayContaining([provisionerImage, metricsServerImage]))
  })

  it('leaves no build context behind', async () => {
    await provide()
    expect((await readdir(project.cacheFolder)).sort()).toEqual(['go'])
  })

  it('makes nothing and says nothing when everything is there', async () => {
    const { provision } = await provide()
    const before = builder.calls.length
    asked = []
    const again = await provide()
    expect(again).toEqual({ provision, events: [] })
    expect(asked).toEqual([])
    expect(builder.commands.slice(before).every((command) => command.startsWith('docker image inspect'))).toBe(true)
  })

  it('labels every image with what it is, and where it comes from', async () => {
    await provide()
    const builds = builder.commands.filter((command) => command.startsWith('docker build'))
    for (const build of builds) {
      expect(build).toMatch(/--label dev\.statelab\.image=\S+ --label dev\.statelab\.source=packages /)
      for (const name of ['title', 'version']) expect(build).toContain(`org.opencontainers.image.${name}=`)
    }
    const redis = builds.find((build) => build.includes('/redis:'))
    expect(redis).toContain(
      '--label org.opencontainers.image.version=7.0.15 --label org.opencontainers.image.licenses=BSD-3-Clause',
    )
    expect(builds.find((build) => build.includes('/nfs-server:'))).toMatch(/--label org\.opencontainers\.image\.version=4\.3-/)
    const commit = builder.commands.find((command) => command.startsWith('docker commit'))
    expect(commit).toMatch(/LABEL org\.opencontainers\.image\.version="v1\.36\.3"/)
  })

  it('says which packages are not those of the lock file, and goes on', async () => {
    builder.disturb = async (command) => {
      if (command.startsWith('docker create')) return 'c0ffee'
      const to = /^docker cp \S+ (\S+)$/.exec(command)?.[1]
      if (to === undefined) return undefined
      await writeFile(join(to, 'status'), 'Package: redis-server\nStatus: install ok installed\nVersion: 5:99\n')
      return ''
    }
    const { events } = await provide()
    const redis = events.find((event) => event.type === 'step-finished' && event.id === 'image-redis')
    expect(redis).toMatchObject({
      outcome: 'done',
      detail: expect.stringMatching(
        /^statelab\/redis:\S+ \(other packages than in the lock file: redis-server 5:99 instead of 5:7\./,
      ),
    })
  })

  it('goes on where a failed build stopped', async () => {
    builder.disturb = (command) =>
      command.includes('/redis:') && command.startsWith('docker build') ? failing('E: Unable to locate package') : undefined
    const failure: unknown = await provide().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'image-failed', message: expect.stringContaining('Unable to locate package') })
    const first = builder.made.length
    builder.disturb = () => undefined
    await provide()
    expect(builder.made.sort()).toEqual([...EVERYTHING, 'redis'].sort())
    expect(builder.made.length).toBeGreaterThan(first)
    expect(builder.commands.filter((command) => command.startsWith('go build'))).toHaveLength(1)
  })

  it('makes only what a change concerns', async () => {
    await provide()
    const before = builder.made.length
    await project.change('images/nginx/nginx.conf')
    await provide()
    expect(builder.made.slice(before)).toEqual(['nginx', 'node-image'])
  })

  it('takes a full disk for what it is', async () => {
    builder.disturb = (command) => (command.startsWith('go build') ? failing('write /tmp/x: no space left on device') : undefined)
    const failure: unknown = await provide().catch((error: unknown) => error)
    expect(exitCodeOf(failure)).toBe(3)
    expect(failure).toMatchObject({
      message: expect.stringContaining('the disk is full'),
      fix: expect.stringContaining('docker system prune'),
    })
  })

  it('builds nothing when the programs that build are refused', async () => {
    const refusal = new Error('may not install')
    await expect(provide({ ensurePrograms: () => Promise.reject(refusal) })).rejects.toBe(refusal)
    expect(builder.made).toEqual([])
  })

  it('rejects with the reason when it is interrupted, and no build goes on', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    builder.disturb = (command) => {
      if (command.startsWith('docker build')) controller.abort(reason)
      return undefined
    }
    await expect(provide({}, controller.signal)).rejects.toBe(reason)
    const calls = builder.calls.length
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(builder.calls).toHaveLength(calls)
    expect((await readdir(project.cacheFolder)).filter((name) => name !== 'go')).toEqual([])
  })

  it('waits for another process that builds, saying for which', async () => {
    const attempt = await tryLockFile(join(project.cacheFolder, 'build.lock'))
    if (!('lock' in attempt)) throw new Error('somebody holds a lock in a new folder')
    const notes: string[] = []
    const emit = (event: ProgressEvent): void => {
      if (event.type !== 'note') return
      notes.push(event.text)
      expect(builder.made).toEqual([])
      void attempt.lock[Symbol.asyncDispose]()
    }
    await (await open()).provide({ signal: new AbortController().signal, emit })
    expect(notes).toEqual([`waiting: process ${process.pid} is building images`])
    expect(builder.made.sort()).toEqual(EVERYTHING)
  })

  it('builds another release of Kubernetes beside the first, and what does not depend on it not again', async () => {
    const { provision } = await provide()
    const before = builder.made.length
    const other = await provide({ kubernetes: 'v1.36.1' })
    expect(other.provision.kubernetes).toBe('v1.36.1')
    expect(other.provision.nodeImage).toMatch(/^statelab\/node-image:v1\.36\.1-/)
    expect(other.provision.kind).not.toBe(provision.kind)
    expect(builder.commands.find((command) => command.includes('gitVersion=v1.36.1'))).toContain('-modfile=')
    // The compiler of this test makes the same bytes for every release: only what has the version in it differs.
    expect(builder.made.slice(before)).toEqual(['node', 'node-image'])
  })

  it.each(['v1.35.0', 'v1.37.0'])('refuses Kubernetes %s before anything is run', async (kubernetes) => {
    const failure: unknown = await open({ kubernetes }).catch((error: unknown) => error)
    expect(exitCodeOf(failure)).toBe(2)
    expect(builder.calls).toEqual([])
  })

  it('records every reference with the image that meets it', async () => {
    const { signal } = new AbortController()
    const before = await (await open()).records(signal)
    expect(before.every(({ digest }) => digest === undefined)).toBe(true)
    await provide()
    const records = await (await open()).records(signal)
    expect(records.map(({ reference }) => reference)).toContain('docker.io/library/redis:alpine')
    expect(records.map(({ reference }) => reference)).toContain('registry.k8s.io/kube-apiserver:v1.36.3')
    for (const record of records)
      expect(record).toMatchObject({
        source: 'packages',
        digest: expect.any(String),
        remake: expect.stringContaining('statelab'),
      })
  })

  it('refuses a lock file that it cannot read', async () => {
    await writeFile(join(project.root, 'manifests', 'images.lock.yaml'), 'schema: 9\n')
    await expect(open()).rejects.toMatchObject({ code: 'image-failed' })
  })
})
