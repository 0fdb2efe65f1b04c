import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NODE_IMAGE, type Plan, parentsOf } from '../../../../scripts/images/packages/plan.ts'
import { TARGETS } from '../../../../scripts/images/packages/targets.ts'
import { copyProject, type ProjectCopy } from './project-copy.ts'

let project: ProjectCopy
beforeEach(async () => {
  project = await copyProject()
  await project.buildPrograms()
})
afterEach(() => project[Symbol.asyncDispose]())

const ALL = ['debian', ...TARGETS.map(({ id }) => id), NODE_IMAGE].sort()
const ON_DEBIAN = [
  'debian',
  'redis',
  'nginx',
  'pause',
  'nfs-server',
  'nfs-mount',
  'kube',
  'coredns',
  'metrics-server',
  'node',
  NODE_IMAGE,
].sort()

/** The ids whose tags differ. */
function differing(before: Plan, after: Plan): string[] {
  return ALL.filter((id) => before.tags.get(id) !== after.tags.get(id)).sort()
}

describe('resolvePlan', () => {
  it('has a tag for everything once the programs are built, the same every time', async () => {
    const plan = await project.resolve()
    expect([...plan.tags.keys()].sort()).toEqual(ALL)
    for (const tag of plan.tags.values()) expect(tag).toMatch(/^statelab\/[a-z-]+:(v1\.\d+\.\d+-)?[0-9a-f]{12}$/)
    expect((await project.resolve()).tags).toEqual(plan.tags)
  })

  it('tells the version of Kubernetes in the tag of the node image', async () => {
    expect((await project.resolve()).tags.get(NODE_IMAGE)).toMatch(/^statelab\/node-image:v1\.36\.\d+-/)
  })

  it.each<readonly [string, readonly string[]]>([
    ['images/redis/Dockerfile', ['redis', NODE_IMAGE]],
    ['images/nginx/nginx.conf', ['nginx', NODE_IMAGE]],
    ['images/pause/pause.c', ['pause', NODE_IMAGE]],
    // The NFS server runs beside the nodes, not in them.
    ['images/nfs-server/ganesha.conf', ['nfs-server']],
    ['images/nfs-mount/src/main.c', ['nfs-mount', 'node', NODE_IMAGE]],
    ['images/nfs-mount/.dockerignore', ['nfs-mount', 'node', NODE_IMAGE]],
    ['images/coredns/Dockerfile', ['coredns', NODE_IMAGE]],
    ['images/metrics-server/Dockerfile', ['metrics-server', NODE_IMAGE]],
    ['images/kube/iptables', ['coredns', 'kube', 'metrics-server', NODE_IMAGE]],
    ['images/nfs-provisioner/Dockerfile', ['nfs-provisioner', NODE_IMAGE]],
    ['images/node/network/Dockerfile', ['node/network', NODE_IMAGE]],
    ['images/node/bake', ['node', NODE_IMAGE]],
    ['images/node/files/etc/new.conf', ['node', NODE_IMAGE]],
    ['images/debian/collect', ON_DEBIAN],
    ['manifests/kind/default-storage.yaml', ['node', NODE_IMAGE]],
    ['manifests/network/default-cni.yaml', ['node', NODE_IMAGE]],
    ['manifests/provisioner/deployment.yaml', []],
    ['manifests/kind/cluster.yaml', []],
    ['images/nfs-provisioner/share_test.go', []],
    ['images/nfs-mount/build/mount.o', []],
  ])('changes with %s exactly what is made of it: %j', async (path, ids) => {
    const before = await project.resolve()
    if (path.includes('/build/'))
      await import('node:fs/promises').then(({ mkdir }) => mkdir(join(project.root, 'images/nfs-mount/build')))
    await project.change(path)
    expect(differing(before, await project.resolve())).toEqual([...ids].sort())
  })

  it('changes with the mode of a script', async () => {
    const before = await project.resolve()
    await chmod(join(project.root, 'images/redis/docker-entrypoint.sh'), 0o644)
    expect(differing(before, await project.resolve())).toEqual([NODE_IMAGE, 'redis'].sort())
  })

  it.each<readonly [string, readonly string[]]>([
    ['kube', ['coredns', 'kube', 'metrics-server', NODE_IMAGE]],
    ['nfs-provisioner', ['nfs-provisioner', NODE_IMAGE]],
    ['node-network', ['node/network', NODE_IMAGE]],
    ['containerd', ['node', NODE_IMAGE]],
    ['ctr', ['node', NODE_IMAGE]],
    // It makes clusters; it is in no image.
    ['kind', []],
  ])('changes with the program %s exactly what it is in: %j', async (name, ids) => {
    const before = await project.resolve()
    await project.buildPrograms([name])
    expect(differing(before, await project.resolve())).toEqual([...ids].sort())
  })

  it('has the programs built again when Go code changes, and nothing else when they come out the same', async () => {
    const before = await project.resolve()
    await project.change('images/node/network/routes.go')
    const changed = await project.resolve()
    expect(changed.goFolder).not.toBe(before.goFolder)
    expect(changed.programs).toBeUndefined()
    expect(changed.tags.get('redis')).toBe(before.tags.get('redis'))
    for (const id of ['kube', 'node', 'coredns', 'nfs-provisioner', NODE_IMAGE]) expect(changed.tags.has(id)).toBe(false)
    await project.buildPrograms()
    expect(differing(before, await project.resolve())).toEqual([])
  })

  it.each(['images/go.mod', 'images/go.sum'])('has the programs built again when %s changes', async (path) => {
    const before = await project.resolve()
    await project.change(path)
    expect((await project.resolve()).goFolder).not.toBe(before.goFolder)
  })

  it('keeps the programs of each version of Kubernetes apart', async () => {
    const [own, other] = [await project.resolve(), await project.resolve('v1.36.1')]
    expect(other.goFolder).not.toBe(own.goFolder)
    expect(other.programs).toBeUndefined()
  })

  it.each<readonly [string, string, readonly string[]]>([
    ['version: v0.33.0', 'version: v0.34.0', ['node', NODE_IMAGE]],
    ['suite: bookworm', 'suite: trixie', ON_DEBIAN],
    ['docker.io/library/redis:latest', 'docker.io/library/redis:newest', [NODE_IMAGE]],
  ])('changes with %s in the lock file exactly what it is for', async (from, to, ids) => {
    const before = await project.resolve()
    const file = join(project.root, 'manifests', 'images.lock.yaml')
    const text = await readFile(file, 'utf8')
    expect(text).toContain(from)
    await writeFile(file, text.replace(from, to))
    expect(differing(before, await project.resolve())).toEqual([...ids].sort())
  })
})

describe('parentsOf', () => {
  it('names the base and what is copied from', () => {
    const node = TARGETS.find(({ id }) => id === 'node')
    expect(node && parentsOf(node)).toEqual(['debian', 'nfs-mount'])
  })

  it('comes before what is built on it, for every target', () => {
    const known = new Set(['debian'])
    for (const target of TARGETS) {
      for (const parent of parentsOf(target)) expect(known).toContain(parent)
      known.add(target.id)
    }
  })
})
