import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { loadImageLock, nodeVersion, readImageLock } from '../../../scripts/images/lock.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const FILE = join(ROOT, 'manifests', 'images.lock.yaml')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statelab-lockfile-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Written {
  [key: string]: unknown
  kubernetes: Record<string, unknown>
  kind: Record<string, unknown>
  node: Record<string, unknown>
  images: Record<string, unknown>[]
}

const SUM = 'a'.repeat(64)
const SHORT = { reference: 'redis', digest: `sha256:${SUM}` }

/** The real lock file with one thing changed. */
async function broken(change: (lock: Written) => void): Promise<string> {
  const lock = parse(readFileSync(FILE, 'utf8')) as Written
  change(lock)
  const file = join(folder, 'broken.yaml')
  await writeFile(file, stringify(lock))
  return file
}

describe('the image lock file', () => {
  it('loads, with its own version of Kubernetes filled in', async () => {
    const lock = await loadImageLock(FILE)
    expect(lock.kubernetesVersion).toBe(lock.kubernetes.default)
    const references = lock.images.flatMap((image) => image.references)
    expect(references).toContain(`registry.k8s.io/kube-apiserver:${lock.kubernetes.default}`)
    expect(references.join()).not.toContain('$')
  })

  it('takes another patch release in every reference', async () => {
    const { images, kubernetesVersion } = await loadImageLock(FILE, 'v1.36.1')
    expect(kubernetesVersion).toBe('v1.36.1')
    const kube = images.find(({ context }) => context === 'kube')
    expect(kube?.references.filter((reference) => /kube-/.test(reference))).toEqual(
      ['apiserver', 'controller-manager', 'scheduler', 'proxy'].map((name) => `registry.k8s.io/kube-${name}:v1.36.1`),
    )
  })

  it('refuses another minor release as bad input', async () => {
    await expect(loadImageLock(FILE, 'v1.35.0')).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('v1.36.x'),
    })
  })

  it('has the references of the exercises, each once', async () => {
    const references = (await loadImageLock(FILE)).images.flatMap((image) => image.references)
    for (const name of ['redis:7.0', 'redis:alpine', 'nginx:1.22', 'nginx:alpine'])
      expect(references).toContain(`docker.io/library/${name}`)
    expect(new Set(references).size).toBe(references.length)
  })

  it('pins the official node image of the same minor release', async () => {
    const lock = await readImageLock(FILE)
    expect(nodeVersion(lock)).toMatch(/^v1\.\d+\.\d+$/)
    expect(nodeVersion(lock).replace(/\.\d+$/, '')).toBe(lock.kubernetes.default.replace(/\.\d+$/, ''))
  })

  it('pins a different upstream image for each thing that labs and the environment name', async () => {
    const { images } = await readImageLock(FILE)
    const pinned = images.flatMap(({ upstream }) => (upstream ? [upstream.digest] : []))
    expect(new Set(pinned).size).toBe(pinned.length)
    expect(images.filter(({ upstream }) => upstream).map(({ context }) => context)).toEqual([
      'redis',
      'nginx',
      'nfs-provisioner',
      'metrics-server',
    ])
  })

  it('pins what images/go.mod pins', async () => {
    const { kubernetes, kind } = await loadImageLock(FILE)
    const module = readFileSync(join(ROOT, 'images', 'go.mod'), 'utf8')
    expect(module).toContain(`\tk8s.io/kubernetes ${kubernetes.default}\n`)
    expect(module).toContain(`\tsigs.k8s.io/kind ${kind.version} `)
    const staging = kubernetes.default.replace('v1.', 'v0.')
    const replaced = [...module.matchAll(/^\t(k8s\.io\/\S+) => (\S+) (\S+)$/gm)].map(([, from, to, version]) => ({
      same: from === to,
      version,
    }))
    expect(replaced).toHaveLength(31)
    expect(replaced.every(({ same, version }) => same && version === staging)).toBe(true)
  })

  it.each<readonly [string, (lock: Written) => void, string]>([
    ['another schema', (lock) => (lock.schema = 1), 'schema'],
    ['a Kubernetes version without its patch', (lock) => (lock.kubernetes.default = 'v1.36'), 'kubernetes.default'],
    ['no Kubernetes version', (lock) => delete lock.kubernetes.default, 'kubernetes.default'],
    ['a number for a version', (lock) => (lock.kind = { version: 1.2, programs: {} }), 'kind.version'],
    ['no Debian suite', (lock) => delete lock.debian, 'debian'],
    ['an image without a reference', (lock) => (lock.images[1] = { context: 'nginx', references: [] }), 'images[1].references'],
    ['an image without a context', (lock) => delete lock.images[0]?.context, 'images[0].context'],
    ['a checksum of kind that is too short', (lock) => (lock.kind.programs = { 'linux-amd64': 'abc' }), 'kind.programs'],
    ['a platform that kind is not released for', (lock) => (lock.kind.programs = { 'beos-amd64': SUM }), 'kind.programs'],
    ['a node without a digest', (lock) => delete lock.node.digest, 'node.digest'],
    ['a node of no version', (lock) => (lock.node.reference = 'docker.io/kindest/node:latest'), 'node'],
    ['a digest of another kind', (lock) => (lock.node.digest = `sha512:${SUM}`), 'node.digest'],
    ['an upstream image without its host', (lock) => (lock.images[0] = { ...lock.images[0], upstream: SHORT }), 'upstream'],
    ['a field that nobody knows', (lock) => (lock.images[0] = { ...lock.images[0], digst: 'x' }), 'digst'],
  ])('with %s is refused, and the field is named', async (_, change, field) => {
    const file = await broken(change)
    await expect(loadImageLock(file)).rejects.toMatchObject({
      code: 'image-failed',
      message: expect.stringContaining(`cannot use the image lock file ${file}`),
    })
    await expect(loadImageLock(file)).rejects.toThrow(field)
  })

  it.each([
    ['coredns', 'github.com/coredns/coredns'],
    ['metrics-server', 'sigs.k8s.io/metrics-server'],
  ])('has the version of %s that is built', async (context, module) => {
    const { images } = await loadImageLock(FILE)
    const { version, references = [] } = images.find((image) => image.context === context) ?? {}
    expect(readFileSync(join(ROOT, 'images', 'go.mod'), 'utf8')).toContain(`\t${module} ${version}\n`)
    for (const reference of references) expect(reference.endsWith(`:${version}`), reference).toBe(true)
  })

  it('is refused when it is no YAML, or not there', async () => {
    const file = join(folder, 'no.yaml')
    await writeFile(file, 'schema: [1\n')
    await expect(loadImageLock(file)).rejects.toMatchObject({ code: 'image-failed' })
    await expect(loadImageLock(join(folder, 'none.yaml'))).rejects.toMatchObject({
      code: 'image-failed',
      message: expect.stringContaining('none.yaml'),
    })
  })
})
