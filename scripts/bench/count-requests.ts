import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { Agent, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { parse, stringify } from 'yaml'

/** What went through so far. Disposing of it puts the kubeconfig back. */
export interface CountedRequests extends AsyncDisposable {
  readonly reads: number
  /** Requests that are no GET. */
  readonly writes: number
  /** @throws {Error} when the client went another way: then a count of 0 says nothing. */
  assertUsed(): Promise<void>
}

interface Cluster {
  server: string
  'certificate-authority-data'?: string
  'insecure-skip-tls-verify'?: boolean
}

interface KubeConfigFile {
  readonly clusters: readonly [{ cluster: Cluster }]
  readonly users: readonly [{ user: { 'client-certificate-data': string; 'client-key-data': string } }]
}

/**
 * Puts a proxy before the API server of a kubeconfig and points the file at it. Other clients of the cluster, its own
 * controllers among them, are not counted.
 * @param file path of the kubeconfig of a kind cluster.
 */
export async function countRequests(file: string): Promise<CountedRequests> {
  const original = await readFile(file, 'utf8')
  const config = parse(original) as KubeConfigFile
  const [{ cluster }] = config.clusters
  const [{ user }] = config.users
  const agent = new Agent({
    keepAlive: true,
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  })
  const { server: target } = cluster
  const count = { reads: 0, writes: 0 }
  const proxy = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming
    count[method === 'GET' ? 'reads' : 'writes']++
    const forwarded = request(new URL(url, target), { method, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    forwarded.on('error', (error) => outgoing.destroy(error))
    outgoing.on('close', () => forwarded.destroy())
    incoming.pipe(forwarded)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  cluster.server = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  delete cluster['certificate-authority-data']
  // Clients refuse plain HTTP otherwise. It does not leave this machine.
  cluster['insecure-skip-tls-verify'] = true
  const redirected = stringify(config)
  await writeFile(file, redirected)
  return {
    get reads() {
      return count.reads
    },
    get writes() {
      return count.writes
    },
    async assertUsed() {
      if (count.reads === 0) throw new Error('nothing was asked of the API server')
      if ((await readFile(file, 'utf8')) !== redirected) throw new Error(`${file} was written anew: requests went past the count`)
    },
    async [Symbol.asyncDispose]() {
      await writeFile(file, original)
      proxy.closeAllConnections()
      proxy.close()
      agent.destroy()
    },
  }
}

function decoded(data: string | undefined): Buffer {
  return Buffer.from(data ?? '', 'base64')
}
