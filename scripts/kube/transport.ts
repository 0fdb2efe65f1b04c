import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions, request as httpsRequest, type RequestOptions } from 'node:https'
import type { KubeConfig } from '@kubernetes/client-node'
import { StatelabError } from '../errors.ts'
import { KubernetesError } from './kubernetes-error.ts'

/** A server that says nothing for this long is gone. A watch hears a bookmark about once a minute. */
const SILENCE_MS = 30_000
export const WATCH_SILENCE_MS = 100_000

export interface ApiRequest {
  readonly method: 'GET' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: { readonly type: string; readonly content: string }
  readonly signal: AbortSignal
  readonly silenceMs?: number
}

/** Sends requests to one API server over kept-alive connections. */
export interface Transport {
  text(request: ApiRequest): Promise<string>
  json<T>(request: ApiRequest): Promise<T>
  /** The lines of an answer, as they come. */
  lines(request: ApiRequest): AsyncGenerator<string>
}

/**
 * client-node reads the kubeconfig and knows how to authenticate, but its own requests take no AbortSignal, open a new
 * TLS connection each, and its watch drops the API's message. So the requests are made here.
 */
export async function createTransport(config: KubeConfig): Promise<Transport> {
  const server = config.getCurrentCluster()?.server
  if (server === undefined) throw new KubernetesError('the kubeconfig names no current cluster')
  const credentials: RequestOptions = {}
  await config.applyToHTTPSOptions(credentials)
  const secure = server.startsWith('https:')
  const agent = secure ? new HttpsAgent({ ...tlsOf(credentials), keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const send = (request: ApiRequest): Promise<IncomingMessage> =>
    open(new URL(server + request.path), request, { ...credentials, agent }, secure ? httpsRequest : httpRequest)

  const text = async (request: ApiRequest): Promise<string> => read(await send(request), request.signal)
  return {
    text,
    json: async <T>(request: ApiRequest) => parse<T>(await text(request)),
    async *lines(request) {
      const response = await send(request)
      try {
        yield* splitLines(response)
      } catch (error) {
        throw broken(error, request.signal)
      } finally {
        response.destroy()
      }
    },
  }
}

/** Parses the API's JSON; moments become `Date`s, as client-node's types say. */
export function parse<T>(json: string): T {
  return JSON.parse(json, (key, value: unknown) =>
    typeof value === 'string' && /(?:time|timestamp|At)$/i.test(key) && RFC3339.test(value) ? new Date(value) : value,
  ) as T
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/

function open(url: URL, request: ApiRequest, options: RequestOptions, start: typeof httpsRequest): Promise<IncomingMessage> {
  const { method, query = {}, body, signal, silenceMs = SILENCE_MS } = request
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
  const headers = { ...options.headers, accept: 'application/json', ...(body && { 'content-type': body.type }) }
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const outgoing = start(url, { ...options, method, headers, signal, timeout: silenceMs })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${silenceMs / 1_000} s`)))
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // The server may close an idle connection just as it is used again: that request was never seen, so it is sent again.
      if (outgoing.reusedSocket && error.code === 'ECONNRESET')
        open(url, { ...request, query: {} }, options, start).then(resolve, reject)
      else reject(broken(error, signal, url))
    })
    outgoing.on('response', (response) => {
      if (response.statusCode !== undefined && response.statusCode < 300) resolve(response)
      else read(response, signal).then((answer) => reject(refused(answer, response.statusCode)), reject)
    })
    outgoing.end(body?.content)
  })
}

async function read(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks).toString()
  } catch (error) {
    throw broken(error, signal)
  }
}

async function* splitLines(response: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + (chunk as string)).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

/** The API's answer to a request it does not grant: a `Status` object, or plain text from what stands before it. */
function refused(answer: string, status: number | undefined): KubernetesError {
  try {
    const { message } = JSON.parse(answer) as { message?: string }
    if (message) return new KubernetesError(message, { status })
  } catch {
    // Not a Status object; the text itself is the message.
  }
  return new KubernetesError(answer.trim() || `the API server answered ${status}`, { status })
}

function broken(error: unknown, signal: AbortSignal, url?: URL): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof StatelabError) return error
  const { code, message } = error as NodeJS.ErrnoException
  const where = url ? ` at ${url.origin}` : ''
  return new KubernetesError(`the API server${where} does not answer: ${message || code}`, { cause: error })
}

function tlsOf({ ca, cert, key, rejectUnauthorized, servername }: RequestOptions): AgentOptions {
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    ...(servername !== undefined && { servername }),
  }
}
