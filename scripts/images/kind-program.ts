import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf, prerequisiteMissing } from '../errors.ts'
import type { CommandRunner } from '../process/command-runner.ts'
import { withTimeout } from '../wait/deadline.ts'
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

/** kind has about 11 MB. */
const MAXIMUM_BYTES = 64 * 1024 * 1024
const DOWNLOAD_MS = 300_000

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
  const response = await fetch(url, { signal: withTimeout(signal, DOWNLOAD_MS) }).catch((cause: unknown) => {
    throw new Error(`${url} cannot be reached (${reasonOf(cause)})`, { cause })
  })
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
  const bytes = await bodyOf(response, url)
  const seen = sha256(bytes)
  if (seen !== sum) throw new Error(`${url} has the checksum ${seen}, not ${sum}`)
  const partial = `${file}.partial`
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  try {
    await writeFile(partial, bytes)
    await chmod(partial, 0o755)
    await rename(partial, file)
  } finally {
    await rm(partial, { force: true })
  }
  return file
}

/** Reads no more than a program can have: what is behind an address is not ours to trust. */
async function bodyOf(response: Response, url: string): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.byteLength
    if (size > MAXIMUM_BYTES) throw new Error(`${url} is larger than ${MAXIMUM_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
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

async function checksumOf(file: string): Promise<string | undefined> {
  const bytes = await readFile(file).catch(() => undefined)
  return bytes && sha256(bytes)
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? String(cause.code) : messageOf(error)
}
