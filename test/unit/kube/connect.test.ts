import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KubernetesObject, V1Pod } from '@kubernetes/client-node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connect } from '../../../scripts/kube/connect.ts'
import type { Kube, WatchEvent } from '../../../scripts/kube/kube.ts'
import { isNotFound, isUnreachable } from '../../../scripts/kube/kubernetes-error.ts'

/** An API server of a few lines: what the client sends and how it takes the answers is all that is tried here. */
let server: Server
let folder: string
let kube: Kube
let requests: { method: string; url: string; type: string | undefined; body: string }[]
let answer: (url: URL, response: ServerResponse, request: IncomingMessage) => void
const signal = new AbortController().signal

beforeEach(async () => {
  requests = []
  server = createServer((request, response) => void receive(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  folder = await mkdtemp(join(tmpdir(), 'statelab-kube-'))
  kube = connect(await kubeconfig((server.address() as AddressInfo).port))
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += chunk
  requests.push({ method: request.method ?? '', url: request.url ?? '', type: request.headers['content-type'], body })
  const url = new URL(request.url ?? '', 'http://api')
  if (url.pathname === '/api/v1')
    json(response, {
      resources: [
        { name: 'pods/exec', kind: 'PodExecOptions', namespaced: true },
        { name: 'pods', kind: 'Pod', namespaced: true },
        { name: 'namespaces', kind: 'Namespace', namespaced: false },
      ],
    })
  else answer(url, response, request)
}

async function kubeconfig(port: number): Promise<string> {
  const file = join(folder, 'kubeconfig')
  const config = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: { token: 'secret' } }],
  }
  await writeFile(file, JSON.stringify(config))
  return file
}

function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function refuse(response: ServerResponse, code: number, message: string): void {
  json(response, { kind: 'Status', status: 'Failure', code, message }, code)
}

const POD = { apiVersion: 'v1', kind: 'Pod', namespace: 'ns', name: 'a' }
const PODS = { apiVersion: 'v1', kind: 'Pod', namespace: 'ns' }

function pod(name: string, resourceVersion: string): V1Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion } }
}

describe('requests', () => {
  test('get returns the object, with its moments as dates', async () => {
    answer = (_url, response) =>
      json(response, {
        ...pod('a', '1'),
        metadata: { name: 'a', creationTimestamp: '2026-11-21T03:04:05Z', labels: { time: 'noon' } },
      })
    const found = await kube.get<V1Pod>(POD, signal)
    expect(found?.metadata?.creationTimestamp).toEqual(new Date('2026-11-21T03:04:05Z'))
    expect(found?.metadata?.labels).toEqual({ time: 'noon' })
    expect(requests.at(-1)?.url).toBe('/api/v1/namespaces/ns/pods/a')
  })

  test('what is not there is undefined for get and success for delete', async () => {
    answer = (_url, response) => refuse(response, 404, 'pods "a" not found')
    expect(await kube.get(POD, signal)).toBeUndefined()
    await kube.delete(POD, { gracePeriodSeconds: 0, signal })
    expect(requests.at(-1)).toMatchObject({ method: 'DELETE', url: expect.stringContaining('gracePeriodSeconds=0') })
  })

  test("a refusal carries the API's own message", async () => {
    answer = (_url, response) => refuse(response, 403, 'pods "a" is forbidden: exceeded quota')
    await expect(kube.get(POD, signal)).rejects.toMatchObject({
      code: 'kubernetes-failed',
      status: 403,
      message: 'pods "a" is forbidden: exceeded quota',
    })
  })

  test('the API is asked once what a kind is called, whatever the number of requests', async () => {
    answer = (_url, response) => json(response, { items: [] })
    await Promise.all([kube.list(PODS, signal), kube.list(PODS, signal)])
    await kube.list({ ...PODS, labelSelector: 'app=redis' }, signal)
    expect(requests.filter(({ url }) => url === '/api/v1')).toHaveLength(1)
    expect(requests.at(-1)?.url).toBe('/api/v1/namespaces/ns/pods?labelSelector=app%3Dredis')
  })

  test('a kind that the cluster does not have is said to be missing', async () => {
    await expect(kube.get({ ...POD, kind: 'Pot' }, signal)).rejects.toSatisfy(
      (error) => isNotFound(error) && /no kind Pot in v1/.test(String(error)),
    )
  })

  test('apply is server-side, in order, and fills in the namespace only where there is one', async () => {
    answer = (_url, response) => json(response, {})
    const objects: KubernetesObject[] = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b', namespace: 'other' } },
    ]
    await kube.apply(objects, { namespace: 'ns', signal })
    const patches = requests.filter(({ method }) => method === 'PATCH')
    expect(patches.map(({ url }) => url.split('?')[0])).toEqual([
      '/api/v1/namespaces/ns',
      '/api/v1/namespaces/ns/pods/a',
      '/api/v1/namespaces/other/pods/b',
    ])
    expect(patches.map(({ type }) => type)).toEqual(Array(3).fill('application/apply-patch+yaml'))
    expect(patches[1]?.url).toContain('fieldManager=statelab&force=true')
    expect(JSON.parse(patches[1]?.body ?? '')).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', namespace: 'ns' },
    })
    expect(JSON.parse(patches[0]?.body ?? '').metadata).toEqual({ name: 'ns' })
  })

  test('a server that does not listen is told from one that refuses', async () => {
    server.close()
    server.closeAllConnections()
    await expect(kube.version(signal)).rejects.toSatisfy(isUnreachable)
  })

  test('a signal aborts a request midway with its reason', async () => {
    const controller = new AbortController()
    answer = () => controller.abort(new Error('Ctrl-C'))
    await expect(kube.get(POD, controller.signal)).rejects.toThrow('Ctrl-C')
  })

  test('a kubeconfig that is not there is named', async () => {
    await expect(connect(join(folder, 'none')).version(signal)).rejects.toThrow(
      `cannot read the kubeconfig ${join(folder, 'none')}`,
    )
  })
})

describe('watch', () => {
  type Script = (url: URL, response: ServerResponse) => void

  /** Answers lists and watches in turn. */
  function serve(lists: [version: string, ...pods: V1Pod[]][], watches: Script[]): void {
    answer = (url, response) => {
      if (url.searchParams.get('watch') === 'true') return watches.shift()?.(url, response)
      const [resourceVersion, ...items] = lists.shift() ?? ['0']
      json(response, { metadata: { resourceVersion }, items })
    }
  }

  const send = (response: ServerResponse, type: string, object: object): boolean =>
    response.write(`${JSON.stringify({ type, object })}\n`)

  function sendAndEnd(response: ServerResponse, type: string, object: object): void {
    send(response, type, object)
    response.end()
  }

  async function collect(count: number): Promise<string[]> {
    const controller = new AbortController()
    const seen: string[] = []
    for await (const event of kube.watch<V1Pod>(PODS, controller.signal)) {
      seen.push(textOf(event))
      if (seen.length === count) controller.abort()
    }
    return seen
  }

  function textOf(event: WatchEvent<V1Pod>): string {
    return event.type === 'synced'
      ? 'synced'
      : `${event.type} ${event.object.metadata?.name}@${event.object.metadata?.resourceVersion}`
  }

  test('tells what is there, then that this is all, then what changes from that very version', async () => {
    serve(
      [['7', pod('a', '5')]],
      [
        (url, response) => {
          expect(url.searchParams.get('resourceVersion')).toBe('7')
          send(response, 'MODIFIED', pod('a', '8'))
          send(response, 'ADDED', pod('b', '9'))
          send(response, 'DELETED', pod('a', '10'))
        },
      ],
    )
    expect(await collect(5)).toEqual(['added a@5', 'synced', 'modified a@8', 'added b@9', 'deleted a@10'])
  })

  test('takes a closed connection up where it ended, bookmarks included', async () => {
    const versions: (string | null)[] = []
    const from =
      (then: Script): Script =>
      (url, response) => {
        versions.push(url.searchParams.get('resourceVersion'))
        then(url, response)
      }
    serve(
      [['7']],
      [
        from((_url, response) => sendAndEnd(response, 'ADDED', pod('a', '8'))),
        from((_url, response) => sendAndEnd(response, 'BOOKMARK', pod('', '20'))),
        from((_url, response) => send(response, 'ADDED', pod('b', '21'))),
      ],
    )
    expect(await collect(3)).toEqual(['synced', 'added a@8', 'added b@21'])
    expect(versions).toEqual(['7', '8', '20'])
  })

  test('a connection that breaks is taken up as well', async () => {
    serve(
      [['7']],
      [
        (_url, response) => {
          response.flushHeaders()
          setTimeout(() => response.destroy(), 10)
        },
        (_url, response) => send(response, 'ADDED', pod('a', '8')),
      ],
    )
    expect(await collect(2)).toEqual(['synced', 'added a@8'])
  })

  test.each<[string, Script]>([
    ['as the answer', (_url, response) => refuse(response, 410, 'too old resource version')],
    [
      'as an event',
      (_url, response) => send(response, 'ERROR', { kind: 'Status', code: 410, message: 'too old resource version' }),
    ],
  ])('lists again when the version is gone (410 %s), and tells only the differences', async (_how, gone) => {
    serve(
      [
        ['7', pod('a', '1'), pod('b', '2'), pod('c', '3')],
        ['30', pod('a', '1'), pod('c', '29'), pod('d', '28')],
      ],
      [gone, (url, response) => url.searchParams.get('resourceVersion') === '30' && send(response, 'DELETED', pod('d', '31'))],
    )
    expect((await collect(9)).slice(4)).toEqual(['deleted b@2', 'modified c@29', 'added d@28', 'synced', 'deleted d@31'])
  })

  test('hands on a failure of the first list, and a refusal later', async () => {
    answer = (_url, response) => refuse(response, 403, 'no')
    await expect(collect(1)).rejects.toThrow('no')
    serve([['7']], [(_url, response) => refuse(response, 403, 'not any more')])
    await expect(collect(2)).rejects.toThrow('not any more')
  })

  test('ends its connection when the reader stops reading', async () => {
    let closed = false
    serve(
      [['7']],
      [
        (_url, response) => {
          response.on('close', () => (closed = true))
          send(response, 'ADDED', pod('a', '8'))
        },
      ],
    )
    for await (const event of kube.watch(PODS, signal)) if (event.type === 'added') break
    await expect.poll(() => closed).toBe(true)
  })
})
