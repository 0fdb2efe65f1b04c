import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PROJECT } from '../../../../scripts/commands/project.ts'
import { lockProblems } from '../../../../scripts/images/update/lock-problems.ts'

it('the image lock file is in step with the build contexts, the Go module, the labs and the manifests', async () => {
  expect(await lockProblems(PROJECT.root)).toEqual([])
})

describe('lockProblems', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'statelab-lock-'))
    for (const folder of ['images', 'manifests']) await cp(join(PROJECT.root, folder), join(root, folder), { recursive: true })
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  async function change(path: string, from: string | RegExp, to: string): Promise<void> {
    const text = await readFile(join(root, path), 'utf8')
    expect(text).toMatch(from)
    await writeFile(join(root, path), text.replace(from, to))
  }

  async function add(path: string, text: string): Promise<void> {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), text)
  }

  it('finds a build context that is not in the lock file, and one that is gone', async () => {
    await add('images/memcached/Dockerfile', 'FROM scratch\n')
    await rm(join(root, 'images/nginx/Dockerfile'))
    expect(await lockProblems(root)).toEqual([
      'images/memcached has a Dockerfile and is not in the lock file',
      'images/nginx has no Dockerfile',
      'no Dockerfile installs nginx of debian.packages',
    ])
  })

  it('finds a package that a Dockerfile installs and the lock file does not have', async () => {
    await change('images/redis/Dockerfile', 'redis-server \\', 'redis-server redis-doc \\')
    expect(await lockProblems(root)).toEqual(['a Dockerfile installs redis-doc, which debian.packages does not have'])
  })

  it.each([
    ['k8s.io/kubernetes v1.36.3', 'k8s.io/kubernetes'],
    ['sigs.k8s.io/kind v0.33.0', 'sigs.k8s.io/kind'],
    ['sigs.k8s.io/metrics-server v0.9.0', 'sigs.k8s.io/metrics-server'],
    ['github.com/coredns/coredns v1.14.2', 'github.com/coredns/coredns'],
    ['go.etcd.io/etcd/server/v3 v3.6.8', 'go.etcd.io/etcd/server/v3'],
  ])('finds that go.mod has another version than %s', async (requirement, module) => {
    await change('images/go.mod', requirement, `${module} v9.9.9`)
    expect(await lockProblems(root)).toEqual([
      expect.stringContaining(`images/go.mod has ${module} at v9.9.9, the lock file at v`),
    ])
  })

  it('finds an image of a lab that no reference meets, whatever form it is written in', async () => {
    await add(
      'labs/99-x/start/pod.yaml',
      'spec:\n  containers:\n    - image: "memcached:1"\n    - image: docker.io/library/redis:7.0\n',
    )
    expect(await lockProblems(root)).toEqual([
      `${join('labs', '99-x', 'start', 'pod.yaml')} names memcached:1, which is no reference of the lock file`,
    ])
  })

  it('finds that upstream is another version than the one built here', async () => {
    await change('manifests/images.lock.yaml', 'redis:7.0.15', 'redis:7.0.16')
    expect(await lockProblems(root)).toEqual(['redis is 7.0.15 in the lock file, its upstream is docker.io/library/redis:7.0.16'])
  })
})
