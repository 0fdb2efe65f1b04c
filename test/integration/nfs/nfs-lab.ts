import { randomBytes } from 'node:crypto'
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { type ClusterNetwork, ensureNetwork, removeNetwork } from '../../../scripts/cluster/network.ts'
import { type Environment, environment } from '../../../scripts/environment.ts'
import { type EnsureNfsServerOptions, removeNfsServer } from '../../../scripts/nfs/server.ts'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'
import { cleanupSignal } from '../../../scripts/wait/deadline.ts'

export const SERVER_IMAGE = process.env.STATELAB_TEST_NFS_SERVER_IMAGE ?? 'statelab/nfs-server:dev'
export const CLIENT_IMAGE = process.env.STATELAB_TEST_NFS_CLIENT_IMAGE ?? 'statelab/nfs-client:dev'

// Started by vitest's workers too: no test of this folder may ask for the reaper's image.
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'

export const signal = (): AbortSignal => AbortSignal.timeout(60_000)

/** A network of its own for servers and clients; everything in it goes with it. */
export class NfsLab implements AsyncDisposable {
  readonly env: Environment
  readonly network: ClusterNetwork
  readonly #cleanup = new AsyncDisposableStack()

  private constructor(env: Environment, network: ClusterNetwork) {
    this.env = env
    this.network = network
    this.#cleanup.defer(async () => void (await removeNetwork(execaRunner, env, cleanupSignal())))
    this.#cleanup.defer(async () => void (await removeNfsServer(env, cleanupSignal(), execaRunner)))
  }

  static async create(): Promise<NfsLab> {
    const env = environment(`t-nfs-${randomBytes(3).toString('hex')}`)
    return new NfsLab(env, await ensureNetwork(execaRunner, env, { signal: signal() }))
  }

  /** What `ensureNfsServer` needs in this network. */
  serverOptions(): EnsureNfsServerOptions {
    const { subnet, nfsAddress: address } = this.network
    return { runner: execaRunner, image: SERVER_IMAGE, network: this.env.network, subnet, address, signal: signal() }
  }

  async client(): Promise<NfsClient> {
    const name = `${this.env.name}-client-${randomBytes(3).toString('hex')}`
    const client = new NfsClient(await new ClientContainer(CLIENT_IMAGE, this.env.network).withName(name).start())
    this.#cleanup.use(client)
    return client
  }

  /** Runs a server by hand, for what `ensureNfsServer` would never make. `docker run` arguments without the image. */
  async runServer(...args: string[]): Promise<string> {
    const name = `${this.env.name}-server-${randomBytes(3).toString('hex')}`
    const common = ['--name', name, '--network', this.env.network, '--env', `EXPORT_CLIENTS=${this.network.subnet}`]
    await docker('run', '--detach', ...common, ...args, SERVER_IMAGE)
    this.#cleanup.defer(async () => void (await docker('rm', '--force', '--volumes', name)))
    return name
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync()
  }
}

/** A machine without a kernel NFS client, with the mount helper. */
export class NfsClient implements AsyncDisposable {
  readonly #container: StartedTestContainer

  constructor(container: StartedTestContainer) {
    this.#container = container
  }

  /** Runs a bash script; nothing in it may take longer than a minute. */
  async run(script: string): Promise<{ readonly exitCode: number; readonly output: string }> {
    const { exitCode, output } = await this.#container.exec(['timeout', '60', 'bash', '-c', script])
    return { exitCode, output: output.trim() }
  }

  /** The output of a script that must succeed. */
  async output(script: string): Promise<string> {
    const { exitCode, output } = await this.run(script)
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${output}\n${script}`)
    return output
  }

  async python(script: string): Promise<string> {
    return this.output(`exec python3 - <<'END_OF_SCRIPT'\n${script}\nEND_OF_SCRIPT`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await docker('rm', '--force', '--volumes', this.#container.getId())
  }
}

class ClientContainer extends GenericContainer {
  constructor(image: string, network: string) {
    super(image)
    this.withAutoCleanup(false).withNetworkMode(network).withAddedCapabilities('SYS_ADMIN').withSecurityOpt('apparmor=unconfined')
    this.withWaitStrategy(Wait.forSuccessfulCommand('test -e /dev/fuse'))
    this.hostConfig.Devices = [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' }]
  }
}

export async function docker(...args: string[]): Promise<string> {
  return (await execaRunner.run('docker', args)).stdout
}
