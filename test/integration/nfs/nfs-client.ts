import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { execaRunner } from '../../../scripts/process/execa-runner.ts'

export const CLIENT_IMAGE = process.env.STATELAB_TEST_NFS_CLIENT_IMAGE ?? 'statelab/nfs-client:dev'

// Started by vitest's workers too: no test of this folder may ask for the reaper's image.
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'

/** The end of a script, for bash: waits until every mount helper has ended. */
export const helpersEnd = (seconds = 5): string =>
  `for i in $(seq ${seconds * 10}); do pgrep -x "mount.nfs-(fuse|guard)" > /dev/null || exit 0; sleep 0.1; done; ps -ef; exit 1`

/** A machine without a kernel NFS client, with the mount helper. */
export class NfsClient implements AsyncDisposable {
  readonly #container: StartedTestContainer

  private constructor(container: StartedTestContainer) {
    this.#container = container
  }

  static async start(name: string, network: string): Promise<NfsClient> {
    return new NfsClient(await new ClientContainer(CLIENT_IMAGE, network).withName(name).start())
  }

  /** Runs a bash script, which is ended after its time. */
  async run(script: string, seconds = 60): Promise<{ readonly exitCode: number; readonly output: string }> {
    const { exitCode, output } = await this.#container.exec(['timeout', String(seconds), 'bash', '-c', script])
    return { exitCode, output: output.trim() }
  }

  /** The output of a script that must succeed. */
  async output(script: string, seconds?: number): Promise<string> {
    const { exitCode, output } = await this.run(script, seconds)
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${output}\n${script}`)
    return output
  }

  async python(script: string, seconds?: number): Promise<string> {
    return this.output(`exec python3 - <<'END_OF_SCRIPT'\n${script}\nEND_OF_SCRIPT`, seconds)
  }

  /** How two parties of a test take turns: one makes a file, the other waits for it. */
  async untilExists(path: string): Promise<void> {
    await this.output(`for i in $(seq 100); do test -e ${path} && exit 0; sleep 0.1; done; exit 1`)
  }

  async mount(source: string, on: string, options = 'rw'): Promise<void> {
    await this.output(`mount -t nfs -o ${options} ${source} ${on}`)
  }

  /** The same on /mnt/a and /mnt/b, as two machines would mount it. */
  async mountTwice(source: string): Promise<void> {
    await this.mount(source, '/mnt/a')
    await this.mount(source, '/mnt/b')
  }

  /** Also what is in use; fails when a mount helper stays. */
  async unmountAll(): Promise<void> {
    await this.output(`cd /; grep -o '/mnt/[^ ]*' /proc/mounts | xargs -r -n1 umount -l; ${helpersEnd(8)}`)
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
