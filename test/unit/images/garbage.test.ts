import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProgressEvent } from '../../../scripts/events.ts'
import { collectGarbage } from '../../../scripts/images/garbage.ts'
import { tryLockFile } from '../../../scripts/process/lock-file.ts'
import { type Answer, FakeRunner, failing } from '../../helpers/fake-runner.ts'

let cacheFolder: string
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'statelab-garbage-'))
})
afterEach(() => rm(cacheFolder, { recursive: true, force: true }))

interface Image {
  readonly Id: string
  readonly RepoTags?: readonly string[]
  readonly Parent?: string
  readonly labelled?: true
  readonly Size?: number
  readonly layers?: readonly string[]
}

/** A Docker with these images, and a container of each one that is named. */
function docker(images: readonly Image[], used: readonly string[] = [], removal: (name: string) => Answer = () => '') {
  return new FakeRunner((command) => {
    const removed = /^docker image rm (\S+)$/.exec(command)?.[1]
    if (removed !== undefined) return removal(removed)
    if (command.startsWith('docker image ls')) return images.map(({ Id }) => Id).join('\n')
    if (command.startsWith('docker ps')) return used.map((_, index) => `container-${index}`).join('\n')
    if (command.startsWith('docker container inspect')) return used.join('\n')
    return images
      .map(({ labelled, layers = [], Size = 0, RepoTags = [], ...image }) => {
        const Labels = labelled ? { 'dev.statelab.image': 'redis' } : null
        return JSON.stringify({ ...image, RepoTags, Size, Config: { Labels }, RootFS: { Layers: layers } })
      })
      .join('\n')
  })
}

async function collect(runner: FakeRunner, { dryRun = false, tags = [] as string[], cached = [] as string[] } = {}) {
  const events: ProgressEvent[] = []
  const current = { tags: new Set(tags), cached }
  const { signal } = new AbortController()
  const garbage = await collectGarbage(runner, { current, cacheFolder, dryRun, emit: (event) => events.push(event), signal })
  return { garbage, events, references: garbage.images.map(({ reference }) => reference) }
}

const removals = (runner: FakeRunner): string[] => runner.commands.filter((command) => command.startsWith('docker image rm'))

describe('collectGarbage', () => {
  it('removes what neither a container nor this version uses', async () => {
    const runner = docker(
      [
        { Id: 'old', RepoTags: ['statelab/redis:old'], labelled: true },
        { Id: 'current', RepoTags: ['statelab/redis:new'], labelled: true },
        { Id: 'used', RepoTags: ['statelab/node-image:old'], labelled: true },
      ],
      ['used'],
    )
    const { garbage } = await collect(runner, { tags: ['statelab/redis:new'] })
    expect(garbage.images).toEqual([{ reference: 'statelab/redis:old', id: 'old' }])
    expect(removals(runner)).toEqual(['docker image rm statelab/redis:old'])
  })

  it('never touches a name that is not its own, whatever labels the image has or inherited', async () => {
    const runner = docker([
      { Id: 'a', RepoTags: ['redis:7.0', 'example.org/statelab/redis:1', 'statelab-other/redis:1'], labelled: true },
      { Id: 'b', RepoTags: ['my/redis:1', 'statelab/redis:old'], labelled: true },
      { Id: 'c' },
    ])
    expect((await collect(runner)).references).toEqual(['statelab/redis:old'])
  })

  it('removes labelled images without a name, the last step of a build only: the others go with it', async () => {
    const runner = docker([
      { Id: 'step', labelled: true },
      { Id: 'stage', labelled: true, Parent: 'step' },
      { Id: 'base', labelled: true },
      { Id: 'mine', RepoTags: ['my/redis:1'], labelled: true, Parent: 'base' },
    ])
    expect((await collect(runner)).references).toEqual(['stage'])
  })

  it('only says what it would do under --dry-run, also while images are built', async () => {
    await mkdir(join(cacheFolder, 'context-x'))
    const attempt = await tryLockFile(join(cacheFolder, 'build.lock'))
    const runner = docker([{ Id: 'old', RepoTags: ['statelab/redis:old'] }])
    const { garbage } = await collect(runner, { dryRun: true })
    expect(garbage).toMatchObject({ dryRun: true, images: [{ id: 'old' }], files: [{ path: join(cacheFolder, 'context-x') }] })
    expect(removals(runner)).toEqual([])
    expect(existsSync(join(cacheFolder, 'context-x'))).toBe(true)
    if ('lock' in attempt) await attempt.lock[Symbol.asyncDispose]()
  })

  it('removes nothing while images are built, and says who builds', async () => {
    const attempt = await tryLockFile(join(cacheFolder, 'build.lock'))
    const runner = docker([{ Id: 'old', RepoTags: ['statelab/redis:old'] }])
    await expect(collect(runner)).rejects.toMatchObject({
      code: 'operation-failed',
      message: `process ${process.pid} is building images`,
    })
    expect(runner.calls).toEqual([])
    if ('lock' in attempt) await attempt.lock[Symbol.asyncDispose]()
  })

  it('lets an image stay that something began to use, and says so; one that went with another is nothing to tell', async () => {
    const images = ['busy', 'gone', 'old'].map((Id) => ({ Id, RepoTags: [`statelab/${Id}:1`] }))
    const runner = docker(images, [], (name) => {
      if (name.includes('busy')) return failing('conflict: unable to remove: container abc is using it')
      return name.includes('gone') ? failing('Error: No such image: statelab/gone:1') : ''
    })
    const { references, events } = await collect(runner)
    expect(references).toEqual(['statelab/old:1'])
    expect(events).toEqual([{ type: 'note', level: 'warning', text: expect.stringContaining('container abc is using it') }])
  })

  it('counts a layer once, and none that an image which stays has too', async () => {
    const runner = docker([
      { Id: 'base', RepoTags: ['statelab/debian:new'], layers: ['a'], Size: 100 },
      { Id: 'one', RepoTags: ['statelab/redis:old'], layers: ['a', 'b'], Size: 130 },
      { Id: 'two', RepoTags: ['statelab/nginx:old'], layers: ['a', 'b', 'c'], Size: 137 },
      { Id: 'kept', RepoTags: ['statelab/x:old', 'my/x:1'], layers: ['d'], Size: 1000 },
    ])
    const { garbage } = await collect(runner, { tags: ['statelab/debian:new'] })
    expect(garbage.images).toHaveLength(3)
    expect(garbage.freedBytes).toBe(30 + 7)
  })

  it('removes what ended builds left in the cache, and programs of other versions', async () => {
    const put = async (path: string, text = '12345'): Promise<void> => {
      await mkdir(join(cacheFolder, path, '..'), { recursive: true })
      await writeFile(join(cacheFolder, path), text)
    }
    const stale = ['bake-1/images.tar', 'context-2/Dockerfile', 'debian-3/rootfs.tar', 'go/old/kube', 'go/old.mod']
    stale.push('go/key.partial/kube', 'kind/v0.32.0-linux-amd64/kind', 'sbom-old/image.tar')
    const kept = ['go/key/kube', 'go/key/licenses/a/LICENSE', 'go/key.mod', 'kind/v0.33.0-linux-amd64/kind', 'sbom-new/image.tar']
    kept.push('bundle/kept', 'npm/kept')
    for (const path of [...stale, ...kept]) await put(path)
    await utimes(join(cacheFolder, 'sbom-old'), 0, 0)
    const cached = [join(cacheFolder, 'go', 'key'), join(cacheFolder, 'kind', 'v0.33.0')]
    const { garbage } = await collect(docker([]), { cached })
    expect(garbage.freedBytes).toBe(stale.length * 5)
    const left = (await readdir(cacheFolder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
    expect(left.map((entry) => join(entry.parentPath, entry.name)).sort()).toEqual(
      kept.map((path) => join(cacheFolder, path)).sort(),
    )
  })
})
