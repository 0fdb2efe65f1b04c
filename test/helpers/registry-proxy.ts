import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** What is wrong with a registry; each works on blobs unless it says otherwise. */
export interface Faults {
  /** Each connection: no faster than that. */
  readonly bytesPerSecond?: number
  /** The connection is cut after so many bytes of a blob. */
  readonly cutAfterBytes?: number
  /** How often it is cut, over all blobs. Default: every time. */
  readonly cuts?: number
  /** One byte of each of them is wrong. */
  readonly spoiled?: 'manifests' | 'configurations' | 'layers'
}

/** A registry that misbehaves. */
export interface FaultyRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  /** What was asked of it, in order: `GET /v2/`. */
  readonly requests: readonly string[]
  /** How many connections were cut. */
  readonly cuts: number
  /** Bytes of blobs that were sent. */
  readonly sentBytes: number
  /** Resolves as soon as so many bytes of blobs were sent. */
  untilSent(bytes: number, signal: AbortSignal): Promise<void>
}

/**
 * Puts a misbehaving proxy in front of a registry.
 * @param host the registry's `127.0.0.1:PORT`, of one without TLS.
 */
export async function startFaultyRegistry(host: string, faults: Faults): Promise<FaultyRegistry> {
  const requests: string[] = []
  const state = { cuts: 0, sentBytes: 0 }
  const server = createServer((asked, answer) => {
    requests.push(`${asked.method} ${asked.url}`)
    // A client that goes away in the middle, or is sent away, is no failure of the test.
    forward(host, asked, answer, faults, state).catch(() => answer.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get cuts() {
      return state.cuts
    },
    get sentBytes() {
      return state.sentBytes
    },
    async untilSent(bytes, signal) {
      while (state.sentBytes < bytes) await delay(20, undefined, { signal })
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface State {
  cuts: number
  sentBytes: number
}

async function forward(
  host: string,
  asked: IncomingMessage,
  answer: ServerResponse,
  faults: Faults,
  state: State,
): Promise<void> {
  const { method, url = '/', headers } = asked
  const upstream = request(`http://${host}${url}`, { method, headers: { ...headers, host } })
  asked.pipe(upstream)
  const given = await new Promise<IncomingMessage>((resolve, reject) => upstream.on('response', resolve).on('error', reject))
  answer.writeHead(given.statusCode ?? 502, given.headers)
  const isBlob = method === 'GET' && url.includes('/blobs/')
  const isManifest = method === 'GET' && url.includes('/manifests/')
  await pipeline(
    given,
    isBlob || isManifest ? spoil(isManifest ? 'manifests' : 'blobs', faults) : pass(),
    isBlob ? misbehave(faults, state) : pass(),
    answer,
  )
}

const pass = (): Transform => new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) })

/** The second byte of a manifest is a line feed, and becomes a carriage return: only its digest tells. */
function spoil(kind: 'manifests' | 'blobs', { spoiled }: Faults): Transform {
  let done = false
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      const isConfiguration = chunk.subarray(0, 1).toString() === '{'
      const what = kind === 'manifests' ? kind : isConfiguration ? 'configurations' : 'layers'
      const copy = Buffer.from(chunk)
      if (!done && what === spoiled && copy.length > 1) copy.writeUInt8(copy.readUInt8(1) ^ 7, 1)
      done = true
      next(null, copy)
    },
  })
}

/** An error in it makes the pipeline cut the connection. */
function misbehave({ bytesPerSecond, cutAfterBytes, cuts = Number.POSITIVE_INFINITY }: Faults, state: State): Transform {
  const cut = cutAfterBytes !== undefined && state.cuts < cuts ? cutAfterBytes : undefined
  let sent = 0
  return new Transform({
    async transform(chunk: Buffer, _encoding, done) {
      const left = cut === undefined ? chunk.length : Math.min(chunk.length, cut - sent)
      const part = chunk.subarray(0, left)
      sent += part.length
      state.sentBytes += part.length
      if (bytesPerSecond !== undefined) await delay((part.length / bytesPerSecond) * 1000)
      if (part.length === chunk.length) return done(null, part)
      state.cuts += 1
      this.push(part)
      done(new Error('cut'))
    },
  })
}
