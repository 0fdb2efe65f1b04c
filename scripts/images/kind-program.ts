import { dirname, join } from 'node:path'
import { messageOf, prerequisiteMissing } from '../errors.ts'
import type { CommandRunner } from '../process/command-runner.ts'
import { checksumOf, downloadVerified } from './download.ts'
import type { ImageLock } from './lock.ts'

export interface KindProgramOptions {
  readonly runner: CommandRunner
  readonly lock: Pick<ImageLock, 'kind'>
  readonly cacheFolder: string
  /** The host's platform and processor, as Node names them. */
  readonly platform: NodeJS.Platform
  readonly arch: NodeJS.Architecture
  readonly fetch: typeof globalThis.fetch
  /** Address of a Go module proxy, when it is not Go's own. */
  readonly goProxy?: string | undefined
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/**
 * Gets the kind program of the lock file's version: the one on PATH, else the pinned release with its checksum verified,
 * else one that Go builds.
 * @returns its path, or its name where it is on PATH.
 * @throws {StatelabError} `prerequisite-missing` with what was wrong with each.
 */
export async function ensureKind(options: KindProgramOptions): Promise<string> {
  const { lock, signal } = options
  const found = await findKind(options)
  if (found !== undefined) return found
  const refusals: string[] = [await describeOnPath(options)]
  for (const get of [download, buildWithGo]) {
    try {
      return await get(options)
    } catch (error) {
      signal.throwIfAborted()
      refusals.push(messageOf(error).split('\n').slice(0, 2).join(' '))
    }
  }
  throw prerequisiteMissing(
    `kind ${lock.kind.version} cannot be had: ${refusals.join('; ')}`,
    `install kind ${lock.kind.version} on PATH: https://kind.sigs.k8s.io/docs/user/quick-start/#installation`,
  )
}

/** @returns the program when it is on this machine already. */
export async function findKind(options: KindProgramOptions): Promise<string | undefined> {
  const { lock, signal } = options
  if ((await versionOf('kind', options)) === lock.kind.version) return pathOf('kind', options)
  const { sum, file } = released(options)
  if (sum !== undefined && (await checksumOf(file)) === sum) return file
  signal.throwIfAborted()
  const built = builtFile(options)
  return (await versionOf(built, options)) === lock.kind.version ? built : undefined
}

/** Where a program on PATH is; its name where nobody can tell. */
async function pathOf(program: string, { runner, platform, signal }: KindProgramOptions): Promise<string> {
  try {
    const { stdout } = await runner.run(platform === 'win32' ? 'where' : 'which', [program], { signal })
    return stdout.split(/\r?\n/)[0] || program
  } catch {
    signal.throwIfAborted()
    return program
  }
}

/** kind says `kind v0.33.0 go1.26.1 linux/amd64`. */
async function versionOf(program: string, { runner, signal }: KindProgramOptions): Promise<string | undefined> {
  try {
    const { stdout } = await runner.run(program, ['version'], { signal })
    return /^kind (v\S+)/m.exec(stdout)?.[1] ?? 'a version that it does not tell'
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

async function describeOnPath(options: KindProgramOptions): Promise<string> {
  const version = await versionOf('kind', options)
  return version === undefined ? 'there is none on PATH' : `the one on PATH is ${version}`
}

async function download(options: KindProgramOptions): Promise<string> {
  const { fetch, signal, progress } = options
  const { url, sum, file, platform } = released(options)
  if (sum === undefined) throw new Error(`there is no checksum of a release for ${platform}`)
  progress(`downloading ${url}`)
  await downloadVerified({ url, sum, file, fetch, signal })
  return file
}

async function buildWithGo(options: KindProgramOptions): Promise<string> {
  const { runner, lock, goProxy, signal, progress } = options
  const file = builtFile(options)
  progress('building kind with Go')
  const env = { GOBIN: dirname(file), CGO_ENABLED: '0', ...(goProxy !== undefined && { GOPROXY: goProxy }) }
  await runner.run('go', ['install', `sigs.k8s.io/kind@${lock.kind.version}`], { signal, env, onLine: progress })
  return file
}

const PLATFORMS: Readonly<Record<string, string>> = { win32: 'windows' }
const PROCESSORS: Readonly<Record<string, string>> = { x64: 'amd64' }

/** The released program: where it is published, where it is kept, and its checksum where the lock file has one. */
function released({ lock, cacheFolder, platform, arch }: KindProgramOptions) {
  const name = `${PLATFORMS[platform] ?? platform}-${PROCESSORS[arch] ?? arch}`
  const { version, programs } = lock.kind
  return {
    platform: name,
    url: `https://kind.sigs.k8s.io/dl/${version}/kind-${name}`,
    file: join(cacheFolder, 'kind', `${version}-${name}`, executable(platform)),
    sum: programs[name],
  }
}

function builtFile({ lock, cacheFolder, platform }: KindProgramOptions): string {
  return join(cacheFolder, 'kind', `${lock.kind.version}-go`, executable(platform))
}

function executable(platform: NodeJS.Platform): string {
  return platform === 'win32' ? 'kind.exe' : 'kind'
}
