import { createHash } from 'node:crypto'
import { messageOf, prerequisiteMissing } from '../../errors.ts'
import { parseReference } from '../image-reference.ts'
import { type Mirrors, namesInMirrors } from '../registry/mirrors.ts'

export interface RegistryAccess {
  readonly mirrors: Mirrors
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
}

/**
 * Asks a registry which digest a tag has now: of the index of all platforms, where there is one.
 * @returns `sha256:…`.
 * @throws {StatelabError} `prerequisite-missing` when no registry or mirror answers with it.
 */
export async function resolveDigest(reference: string, access: RegistryAccess): Promise<string> {
  const image = parseReference(reference)
  const failures: string[] = []
  for (const { name } of namesInMirrors(image, access.mirrors)) {
    try {
      return await digestOf(`${name}:${image.tag}`, access)
    } catch (error) {
      access.signal.throwIfAborted()
      // What fetch says is only that it failed; why is in the cause.
      failures.push(`${name}: ${messageOf(error instanceof TypeError ? (error.cause ?? error) : error)}`)
    }
  }
  throw prerequisiteMissing(
    `no registry tells the digest of ${reference} (${failures.join('; ')})`,
    'npm run update:images -- --mirror HOST[:PORT][/PREFIX]',
  )
}

/** One image for all platforms comes first, for what is pinned has to fit every machine. */
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

async function digestOf(name: string, { fetch, signal }: RegistryAccess): Promise<string> {
  const { host, repository, tag } = parseReference(name)
  const url = `${baseOf(host)}/v2/${repository}/manifests/${tag}`
  const ask = (method: 'HEAD' | 'GET', headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(url, { method, signal, headers: { accept: MANIFESTS, ...headers } })
  let authorization = {}
  let answer = await ask('HEAD')
  const challenge = answer.headers.get('www-authenticate')
  if (answer.status === 401 && challenge !== null) {
    authorization = { authorization: `Bearer ${await tokenFor(challenge, fetch, signal)}` }
    answer = await ask('HEAD', authorization)
  }
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`.trim())
  const digest = answer.headers.get('docker-content-digest')
  if (digest !== null) return digest
  const manifest = await ask('GET', authorization)
  return `sha256:${createHash('sha256')
    .update(Buffer.from(await manifest.arrayBuffer()))
    .digest('hex')}`
}

/** Docker Hub has another name than its images; a registry of this machine has no certificate. */
function baseOf(host: string): string {
  if (host === 'docker.io') return 'https://registry-1.docker.io'
  return /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host) ? `http://${host}` : `https://${host}`
}

/** Public images are read with a token that everyone gets. */
async function tokenFor(challenge: string, get: typeof fetch, signal: AbortSignal): Promise<string> {
  const part = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1]
  const realm = part('realm')
  if (!/^bearer /i.test(challenge) || realm === undefined) throw new Error('401: it wants a password')
  const url = new URL(realm)
  for (const name of ['service', 'scope']) {
    const value = part(name)
    if (value !== undefined) url.searchParams.set(name, value)
  }
  const answer = await get(url, { signal })
  if (!answer.ok) throw new Error(`no token from ${url.host}: ${answer.status}`)
  const { token, access_token: other } = (await answer.json()) as { token?: string; access_token?: string }
  return token ?? other ?? ''
}
