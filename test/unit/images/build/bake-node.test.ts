import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bakeNode } from '../../../../scripts/images/build/bake-node.ts'
import { FakeRunner, failing } from '../../../helpers/fake-runner.ts'

let cacheFolder: string
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'statelab-bake-'))
})
afterEach(() => rm(cacheFolder, { recursive: true, force: true }))

const IMAGES = new Map([
  ['statelab/redis:1', ['docker.io/library/redis:7', 'docker.io/library/redis:alpine']],
  ['statelab/pause:2', ['registry.k8s.io/pause:3.10']],
])

const bake = (runner: FakeRunner, signal = new AbortController().signal) =>
  bakeNode(runner, {
    base: 'statelab/node:3',
    tag: 'statelab/node-image:v1.36.3-4',
    images: IMAGES,
    labels: { 'a.b': 'c d' },
    cacheFolder,
    signal,
    progress: () => {},
  })

const verbs = (runner: FakeRunner): string[] =>
  runner.calls.map(({ args }) => args.slice(0, args[0] === 'volume' ? 2 : 1).join(' '))

describe('bakeNode', () => {
  it('saves the images, unpacks them in the node’s own container store, and commits', async () => {
    let list = ''
    const runner = new FakeRunner(async (command) => {
      const folder = / --volume (\S+):\/bake:ro /.exec(command)?.[1]
      if (folder !== undefined) list = await readFile(join(folder, 'images.txt'), 'utf8')
      return ''
    })
    await bake(runner)
    expect(verbs(runner)).toEqual(['rm', 'volume rm', 'save', 'run', 'commit', 'rm', 'volume rm'])
    expect(list).toBe(
      [
        'docker.io/statelab/redis:1 docker.io/library/redis:7',
        'docker.io/statelab/redis:1 docker.io/library/redis:alpine',
        'docker.io/statelab/pause:2 registry.k8s.io/pause:3.10\n',
      ].join('\n'),
    )
    expect(runner.commands[2]).toMatch(/ statelab\/redis:1 statelab\/pause:2$/)
    expect(runner.commands[4]).toMatch(/--change 'LABEL a\.b="c d"' \S+ statelab\/node-image:v1\.36\.3-4$/)
  })

  it('leaves the container of another cache folder alone, in which another process may be at work', async () => {
    const names = await Promise.all(
      ['one', 'two'].map(async (folder) => {
        const other = await mkdtemp(join(cacheFolder, folder))
        const runner = new FakeRunner()
        const rest = { base: 'statelab/node:3', tag: 'statelab/node-image:4', images: IMAGES, labels: {} }
        await bakeNode(runner, { ...rest, cacheFolder: other, signal: new AbortController().signal, progress: () => {} })
        return runner.calls[0]?.args.at(-1)
      }),
    )
    expect(names[0]).toMatch(/^statelab-bake-[0-9a-f]{8}-4$/)
    expect(names[0]).not.toBe(names[1])
  })

  it('gives the container one capability, and no network', async () => {
    const runner = new FakeRunner()
    await bake(runner)
    const { args = [] } = runner.calls[3] ?? {}
    expect(args).not.toContain('--privileged')
    expect(args.filter((_, index) => args[index - 1] === '--cap-add')).toEqual(['SYS_ADMIN'])
    expect(args[args.indexOf('--network') + 1]).toBe('none')
  })

  it.each(['docker save', 'docker run', 'docker commit'])(
    'leaves no container, volume or file behind when %s fails',
    async (command) => {
      const runner = new FakeRunner((each) => (each.startsWith(command) ? failing('no space left on device') : ''))
      await expect(bake(runner)).rejects.toThrow('no space left on device')
      expect(verbs(runner).slice(-2)).toEqual(['rm', 'volume rm'])
      expect(await readdir(cacheFolder)).toEqual([])
    },
  )

  it('tidies up after an interruption too', async () => {
    const controller = new AbortController()
    const runner = new FakeRunner((command) => {
      if (!command.startsWith('docker run')) return ''
      controller.abort(new Error('enough'))
      throw controller.signal.reason
    })
    await expect(bake(runner, controller.signal)).rejects.toThrow('enough')
    expect(verbs(runner).slice(-2)).toEqual(['rm', 'volume rm'])
    expect(await readdir(cacheFolder)).toEqual([])
  })
})
