import { randomBytes } from 'node:crypto'
import { type ClusterNetwork, ensureNetwork, removeNetwork } from '../../../scripts/cluster/network.ts'
import { type Environment, environment } from '../../../scripts/environment.ts'
import { type EnsureNfsServerOptions, ensureNfsServer, removeNfsServer } from '../../../scripts/nfs/server.ts'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'
import { cleanupSignal } from '../../../scripts/wait/deadline.ts'
import { docker, NfsClient } from './nfs-client.ts'
import { QuotaDisk } from './quota-disk.ts'

export const SERVER_IMAGE = process.env.STATELAB_TEST_NFS_SERVER_IMAGE ?? 'statelab/nfs-server:dev'

export const signal = (): AbortSignal => AbortSignal.timeout(60_000)

/** A network of its own for servers and clients; everything in it goes with it. */
export class NfsLab implements AsyncDisposable {
  readonly env: Environment
  readonly network: ClusterNetwork
  /** What clients mount. */
  readonly source: string
  readonly #cleanup = new AsyncDisposableStack()

  private constructor(env: Environment, network: ClusterNetwork) {
    this.env = env
    this.network = network
    this.source = `${network.nfsAddress}:/export`
    this.#cleanup.defer(async () => void (await removeNetwork(execaRunner, env, cleanupSignal())))
    this.#cleanup.defer(async () => void (await removeNfsServer(env, cleanupSignal(), execaRunner)))
  }

  static async create(): Promise<NfsLab> {
    const env = environment(`t-nfs-${randomBytes(3).toString('hex')}`)
    return new NfsLab(env, await ensureNetwork(execaRunner, env, { signal: signal() }))
  }

  static async withServer(): Promise<NfsLab> {
    const lab = await NfsLab.create()
    await lab.ensureServer()
    return lab
  }

  /** What `ensureNfsServer` needs in this network. */
  serverOptions(): EnsureNfsServerOptions {
    const { subnet, nfsAddress: address } = this.network
    return { runner: execaRunner, image: SERVER_IMAGE, network: this.env.network, subnet, address, signal: signal() }
  }

  /** Starts the server, or brings it back. */
  async ensureServer(): Promise<void> {
    await ensureNfsServer(this.env, this.serverOptions())
  }

  /** Runs a script where the server is. */
  async onServer(script: string): Promise<string> {
    return docker('exec', this.env.nfsContainer, 'bash', '-c', script)
  }

  async client(): Promise<NfsClient> {
    return this.#cleanup.use(await NfsClient.start(this.#name('client'), this.env.network))
  }

  async quotaDisk(limit: string): Promise<QuotaDisk> {
    return this.#cleanup.use(await QuotaDisk.create(this.#name('disk'), limit))
  }

  /** Runs a server by hand, for what `ensureNfsServer` would never make. `docker run` arguments without the image. */
  async runServer(...args: string[]): Promise<string> {
    const name = this.#name('server')
    const common = ['--name', name, '--network', this.env.network, '--env', `EXPORT_CLIENTS=${this.network.subnet}`]
    this.#cleanup.defer(async () => void (await docker('rm', '--force', '--volumes', name)))
    await docker('run', '--detach', ...common, ...args, SERVER_IMAGE)
    return name
  }

  /** Runs one that works, with other `docker run` arguments than ours, and waits until it answers. */
  async runReadyServer(...args: string[]): Promise<string> {
    // With the profile that Docker gives by default, finding a file's handle needs SYS_ADMIN.
    const server = await this.runServer('--cap-add', 'SYS_ADMIN', '--cap-add', 'DAC_READ_SEARCH', ...args)
    await docker('exec', server, 'bash', '-c', 'for i in $(seq 100); do nfs-ready && exit 0; sleep 0.1; done; exit 1')
    return server
  }

  #name(kind: string): string {
    return `${this.env.name}-${kind}-${randomBytes(3).toString('hex')}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync()
  }
}

/** What clients mount of a server that was run by hand. */
export async function sourceOf(server: string): Promise<string> {
  const address = await docker('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', server)
  return `${address}:/export`
}
