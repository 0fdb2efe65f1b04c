import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { execaRunner } from '../../scripts/process/execa-runner.ts'

// Started by vitest's workers too: no registry of a test asks for the reaper's image.
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
// Where `/.dockerenv` exists, testcontainers would look for the port on Docker's bridge: it is published on loopback.
process.env.TESTCONTAINERS_HOST_OVERRIDE = '127.0.0.1'

export interface RegistryOptions {
  /** Default: plain HTTP. */
  readonly tls?: 'valid' | 'expired'
  /** Of the user `learner`. Default: everybody may pull and push. */
  readonly password?: string
  /** Serves what this one was filled with, instead of a volume of its own. */
  readonly contentOf?: TestRegistry
}

export const REGISTRY_USER = 'learner'

/** A registry in a container. It goes away when it is disposed of, with what was pushed to it. */
export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`: Docker takes loopback without TLS, and does not check its certificate. */
  readonly host: string
  /** The container's own address on Docker's bridge with its port: Docker checks the certificate here. */
  readonly bridgeHost: string
  /** The volume that holds what was pushed. */
  readonly volume: string
  /** The certificate in PEM form, for those who shall trust it. */
  certificate(): Promise<string>
  /** Stops serving; what was pushed stays until the disposal. */
  stop(): Promise<void>
}

/** Starts Debian's docker-registry, published on loopback with a port that Docker chooses. */
export async function startRegistry({ tls, password, contentOf }: RegistryOptions = {}): Promise<TestRegistry> {
  const image = process.env.STATELAB_TEST_REGISTRY_IMAGE ?? 'statelab/test-registry:dev'
  const volume = contentOf?.volume ?? (await docker('volume', 'create'))
  const removeVolume = async (): Promise<unknown> => contentOf ?? docker('volume', 'rm', '--force', volume)
  try {
    const container = await new RegistryContainer(image, volume, {
      ...(tls !== undefined && { CERTIFICATE_DAYS: tls === 'valid' ? '2' : '-1' }),
      ...(password !== undefined && { PASSWORD: password }),
    }).start()
    const remove = (): Promise<string> => docker('rm', '--force', '--volumes', container.getId())
    return {
      host: `127.0.0.1:${container.getMappedPort(PORT)}`,
      bridgeHost: `${await bridgeAddress(container)}:${PORT}`,
      volume,
      certificate: () => docker('exec', container.getId(), 'cat', '/tls/certificate.pem'),
      stop: async () => void (await docker('stop', '--time', '0', container.getId())),
      async [Symbol.asyncDispose]() {
        await remove()
        await removeVolume()
      },
    }
  } catch (error) {
    await removeVolume()
    throw error
  }
}

const PORT = 5000

class RegistryContainer extends GenericContainer {
  constructor(image: string, volume: string, variables: Record<string, string>) {
    super(image)
    this.withAutoCleanup(false)
      .withEnvironment(variables)
      .withExposedPorts(PORT)
      .withWaitStrategy(Wait.forListeningPorts())
      .withStartupTimeout(30_000)
    this.hostConfig.PortBindings = { [`${PORT}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '0' }] }
    this.hostConfig.Mounts = [{ Type: 'volume', Source: volume, Target: '/var/lib/registry' }]
  }
}

async function bridgeAddress(container: StartedTestContainer): Promise<string> {
  return docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', container.getId())
}

async function docker(...args: string[]): Promise<string> {
  return (await execaRunner.run('docker', args)).stdout
}
