import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf } from '../errors.ts'
import { withTimeout } from '../wait/deadline.ts'

export interface Download {
  readonly url: string
  /** The sha256 that it must have, in hexadecimal digits. */
  readonly sum: string
  /** Where it is put; it appears there only whole and verified, as a program. */
  readonly file: string
  readonly fetch: typeof globalThis.fetch
  readonly signal: AbortSignal
}

/** More than any program has that is downloaded here. */
const MAXIMUM_BYTES = 64 * 1024 * 1024
const DOWNLOAD_MS = 300_000

/**
 * Downloads a program.
 * @throws when it cannot be had, is too large or has another checksum; nothing of it is kept then.
 */
export async function downloadVerified({ url, sum, file, fetch, signal }: Download): Promise<void> {
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
}

/** The sha256 of a file, in hexadecimal digits; `undefined` when there is none. */
export async function checksumOf(file: string): Promise<string | undefined> {
  const bytes = await readFile(file).catch(() => undefined)
  return bytes && sha256(bytes)
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

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? String(cause.code) : messageOf(error)
}
