import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../../scripts/errors.ts'
import { ensureKind, findKind, type KindProgramOptions } from '../../../scripts/images/kind-program.ts'
import { CommandFailedError } from '../../../scripts/process/command-runner.ts'
import { type Answer, FakeRunner, failing } from '../../helpers/fake-runner.ts'

let cacheFolder: string
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'statelab-kind-'))
})
afterEach(() => rm(cacheFolder, { recursive: true, force: true }))

const PROGRAM = 'a program'
const SUM = createHash('sha256').update(PROGRAM).digest('hex')
const URL_OF_KIND = 'https://kind.sigs.k8s.io/dl/v0.33.0/kind-linux-amd64'
const RIGHT = 'kind v0.33.0 go1.26.1 linux/amd64'

interface World {
  /** What `kind version` on PATH prints; there is none when left out. */
  readonly onPath?: string
  readonly download?: () => Response | Promise<Response>
  /** What `go install` does; there is no Go when left out. */
  readonly go?: (folder: string) => Answer | Promise<Answer>
  readonly changes?: Partial<KindProgramOptions>
}

const notThere = (command: string): never => {
  throw new CommandFailedError({ command, exitCode: undefined, stderr: '', notFound: true })
}

function world({ onPath, download, go, changes = {} }: World) {
  const asked: string[] = []
  const runner = new FakeRunner(async (command, { env }) => {
    if (command === 'kind version') return onPath ?? notThere(command)
    if (command.startsWith('go install')) return go ? go(env?.GOBIN ?? '') : notThere(command)
    const [, file = ''] = /^(\S+) version$/.exec(command) ?? []
    return (await readFile(file, 'utf8').catch(() => undefined)) ?? notThere(command)
  })
  const options: KindProgramOptions = {
    runner,
    lock: { kind: { version: 'v0.33.0', programs: { 'linux-amd64': SUM } } },
    cacheFolder,
    platform: 'linux',
    arch: 'x64',
    fetch: async (input) => {
      asked.push(String(input))
      if (!download) throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }) })
      return download()
    },
    signal: new AbortController().signal,
    progress: () => {},
    ...changes,
  }
  return { options, runner, asked }
}

const RELEASED = (): string => join(cacheFolder, 'kind', 'v0.33.0-linux-amd64', 'kind')

describe('ensureKind', () => {
  it('takes the one on PATH when it has the version', async () => {
    const { options, asked } = world({ onPath: RIGHT })
    expect(await ensureKind(options)).toBe('kind')
    expect(asked).toEqual([])
  })

  it('tells where the one on PATH is', async () => {
    const runner = new FakeRunner((command) => (command === 'kind version' ? RIGHT : '/usr/local/bin/kind\n'))
    expect(await ensureKind(world({ changes: { runner } }).options)).toBe('/usr/local/bin/kind')
    expect(runner.commands).toEqual(['kind version', 'which kind'])
    await ensureKind(world({ changes: { runner, platform: 'win32' } }).options)
    expect(runner.commands.at(-1)).toBe('where kind')
  })

  it('downloads the release when the one on PATH has another, verifies it, and makes it a program', async () => {
    const { options, asked } = world({ onPath: 'kind v0.29.0 go1.24', download: () => new Response(PROGRAM) })
    expect(await ensureKind(options)).toBe(RELEASED())
    expect(asked).toEqual([URL_OF_KIND])
    expect((await stat(RELEASED())).mode & 0o777).toBe(0o755)
    expect(await readdir(join(cacheFolder, 'kind', 'v0.33.0-linux-amd64'))).toEqual(['kind'])
  })

  it('takes what was downloaded before', async () => {
    await ensureKind(world({ download: () => new Response(PROGRAM) }).options)
    const { options, asked } = world({})
    expect(await ensureKind(options)).toBe(RELEASED())
    expect(asked).toEqual([])
  })

  it('downloads again what is not as it was', async () => {
    await mkdir(join(RELEASED(), '..'), { recursive: true })
    await writeFile(RELEASED(), 'tampered with')
    const { options } = world({ download: () => new Response(PROGRAM) })
    expect(await findKind(options)).toBeUndefined()
    expect(await ensureKind(options)).toBe(RELEASED())
    expect(await readFile(RELEASED(), 'utf8')).toBe(PROGRAM)
  })

  it.each<readonly [string, World['download']]>([
    ['cannot be had', undefined],
    ['is refused', () => new Response(null, { status: 403 })],
    ['is another', () => new Response('another program')],
    ['never ends', () => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(1 << 20)) }))],
  ])('builds it with Go when the release %s, and keeps nothing of that', async (_, download) => {
    const go = async (folder: string) => {
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'kind'), RIGHT)
      return ''
    }
    const { options, runner } = world({ ...(download && { download }), go, changes: { goProxy: 'https://proxy.example' } })
    const built = join(cacheFolder, 'kind', 'v0.33.0-go', 'kind')
    expect(await ensureKind(options)).toBe(built)
    expect(await readdir(join(cacheFolder, 'kind'))).toEqual(['v0.33.0-go'])
    const install = runner.calls.find(({ file }) => file === 'go')
    expect(install?.args).toEqual(['install', 'sigs.k8s.io/kind@v0.33.0'])
    expect(install?.options.env).toMatchObject({ GOPROXY: 'https://proxy.example' })
    expect(await findKind(world({}).options)).toBe(built)
  })

  it.each<readonly [string, NodeJS.Platform, NodeJS.Architecture, string]>([
    ['on a Mac', 'darwin', 'arm64', 'kind-darwin-arm64'],
    ['on Windows', 'win32', 'x64', 'kind-windows-amd64'],
  ])('downloads the right one %s', async (_, platform, arch, name) => {
    const lock = { kind: { version: 'v0.33.0', programs: { 'darwin-arm64': SUM, 'windows-amd64': SUM } } }
    const { options, asked } = world({ download: () => new Response(PROGRAM), changes: { platform, arch, lock } })
    expect(await ensureKind(options)).toMatch(platform === 'win32' ? /kind\.exe$/ : /kind$/)
    expect(asked).toEqual([`https://kind.sigs.k8s.io/dl/v0.33.0/${name}`])
  })

  it('says why each way failed', async () => {
    const { options } = world({ onPath: 'kind v0.29.0 go1.24', go: () => failing('no space left') })
    const error: unknown = await ensureKind(options).catch((thrown: unknown) => thrown)
    expect(exitCodeOf(error)).toBe(3)
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /^kind v0\.33\.0 cannot be had: the one on PATH is v0\.29\.0; https:\S+ cannot be reached \(ENOTFOUND\); go install \S+ exited with 1: no space left$/,
      ),
      fix: expect.stringContaining('https://kind.sigs.k8s.io'),
    })
  })

  it('downloads nothing that it has no checksum of', async () => {
    const { options, asked } = world({ changes: { arch: 'riscv64' } })
    await expect(ensureKind(options)).rejects.toThrow('there is no checksum of a release for linux-riscv64')
    expect(asked).toEqual([])
  })

  it('rejects with the reason when it is aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const download = (): never => {
      controller.abort(reason)
      throw new Error('aborted')
    }
    await expect(ensureKind(world({ download, changes: { signal: controller.signal } }).options)).rejects.toBe(reason)
  })
})
