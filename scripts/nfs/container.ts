import { GenericContainer, Wait } from 'testcontainers'
import { messageOf, StatelabError } from '../errors.ts'
import { CAPABILITIES, type NfsServerDefinition } from './definition.ts'
import { EXPORT_PATH } from './export-path.ts'
import { seccompProfile } from './seccomp.ts'

/** Exits with 0 inside the container when the server answers NFS calls. */
export const READY_COMMAND = 'nfs-ready'

/** Ganesha answers within 0.2 s of its start; a busy machine with a cold disk needs longer. */
const STARTUP_TIMEOUT_MS = 30_000

/**
 * The server's container, for testcontainers. It outlives this process: no reaper is asked for, none is told of it.
 * What testcontainers has no method for (address, restart policy, labelled volume) is set on its create request.
 */
export class NfsServerContainer extends GenericContainer {
  constructor(definition: NfsServerDefinition) {
    const { image, containerName, labels, clients, network, address, volume } = definition
    super(image)
    this.withName(containerName)
      .withAutoCleanup(false)
      .withLabels({ ...labels })
      .withEnvironment({ EXPORT_CLIENTS: clients })
      .withNetworkMode(network)
      .withDroppedCapabilities('ALL')
      .withAddedCapabilities(...CAPABILITIES)
      .withSecurityOpt('no-new-privileges', `seccomp=${seccompProfile()}`)
      .withWaitStrategy(Wait.forSuccessfulCommand(READY_COMMAND))
      .withStartupTimeout(STARTUP_TIMEOUT_MS)
    this.createOpts.NetworkingConfig = { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } }
    this.hostConfig.RestartPolicy = { Name: 'unless-stopped' }
    const volumeOptions = { NoCopy: true, Labels: { ...labels }, DriverConfig: { Name: 'local', Options: {} } }
    this.hostConfig.Mounts = [{ Type: 'volume', Source: volume, Target: EXPORT_PATH, VolumeOptions: volumeOptions }]
  }
}

/** Explains why no server came to be; `log` is the end of what the container wrote. */
export function startFailure(definition: NfsServerDefinition, error: unknown, log: string): StatelabError {
  const { containerName, network, address } = definition
  const reason = [messageOf(error).trim(), log].filter((part) => part !== '').join('\n')
  const fix = /address/i.test(messageOf(error))
    ? { fix: `docker network inspect ${network}   # ${address} must be free in it` }
    : {}
  return new StatelabError('operation-failed', `the NFS server ${containerName} did not start: ${reason}`, {
    ...fix,
    cause: error,
  })
}
