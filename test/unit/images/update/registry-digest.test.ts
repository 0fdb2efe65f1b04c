import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { parseMirrors } from '../../../../scripts/images/registry/mirrors.ts'
import { kindChecksums } from '../../../../scripts/images/update/kind-checksums.ts'
import { resolveDigest } from '../../../../scripts/images/update/registry-digest.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const { signal } = new AbortController()

let close: (() => void) | undefined
afterEach(() => close?.())

async function serve(answer: (request: IncomingMessage, response: ServerResponse, host: string) => void) {
  const asked: string[] = []
  let host = ''
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request, response, host)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close = () => server.close()
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    asked,
    digestOf: (reference: string) => resolveDigest(reference, { mirrors: parseMirrors([host]), fetch, signal }),
  }
}

describe('resolveDigest', () => {
  it('asks a mirror with the token that the registry sends it for', async () => {
    const registry = await serve(({ url = '', headers }, response, host) => {
      if (url.startsWith('/token')) return response.end(JSON.stringify({ token: 'secret' }))
      if (headers.authorization !== 'Bearer secret') {
        const challenge = `Bearer realm="http://${host}/token",service="registry",scope="repository:library/redis:pull"`
        return response.writeHead(401, { 'www-authenticate': challenge }).end()
      }
      expect(headers.accept).toContain('application/vnd.oci.image.index.v1+json')
      response.writeHead(200, { 'docker-content-digest': DIGEST }).end()
    })
    expect(await registry.digestOf('docker.io/library/redis:7.0.15')).toBe(DIGEST)
    expect(registry.asked).toEqual([
      'HEAD /v2/library/redis/manifests/7.0.15',
      'GET /token?service=registry&scope=repository%3Alibrary%2Fredis%3Apull',
      'HEAD /v2/library/redis/manifests/7.0.15',
    ])
  })

  it('works the digest out where the registry does not say it', async () => {
    const registry = await serve((_request, response) => response.end('{}'))
    // printf '{}' | sha256sum
    expect(await registry.digestOf('redis:7')).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
  })

  it('asks for every name that a mirror may have it under, and says what each answered', async () => {
    const registry = await serve((_request, response) => response.writeHead(404).end())
    await expect(registry.digestOf('registry.k8s.io/pause:3.10')).rejects.toMatchObject({
      code: 'prerequisite-missing',
      message: expect.stringMatching(/pause: 404 Not Found; .*registry\.k8s\.io\/pause: 404/),
    })
    expect(registry.asked).toEqual(['HEAD /v2/pause/manifests/3.10', 'HEAD /v2/registry.k8s.io/pause/manifests/3.10'])
  })

  it('says why nobody can be reached', async () => {
    const { host } = await serve(() => {})
    close?.()
    const asking = resolveDigest('redis:7', { mirrors: parseMirrors([host]), fetch, signal })
    await expect(asking).rejects.toMatchObject({ message: expect.stringContaining('ECONNREFUSED') })
  })
})

describe('kindChecksums', () => {
  const answering =
    (of: (url: string) => Response): typeof fetch =>
    async (url) =>
      of(String(url))
  const sum = 'b'.repeat(64)

  it('reads the checksum of each platform that a release has', async () => {
    const get = answering((url) =>
      url.includes('windows-arm64') ? new Response('', { status: 404 }) : new Response(`${sum}  kind\n`),
    )
    const sums = await kindChecksums('v0.33.0', { fetch: get, signal })
    expect(Object.keys(sums)).toEqual(['linux-amd64', 'linux-arm64', 'darwin-amd64', 'darwin-arm64', 'windows-amd64'])
    expect(new Set(Object.values(sums))).toEqual(new Set([sum]))
  })

  it('takes a page that is no checksum for none', async () => {
    const get = answering(() => new Response('<html>sign in</html>'))
    await expect(kindChecksums('v0.33.0', { fetch: get, signal })).rejects.toMatchObject({ code: 'prerequisite-missing' })
  })
})
