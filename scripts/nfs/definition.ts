import { createHash } from 'node:crypto'
import { ENVIRONMENT_LABEL, type Environment } from '../environment.ts'
import { DENIED_SYSTEM_CALLS } from './seccomp.ts'

/** Everything that a server's container is made from. Two containers of the same definition are interchangeable. */
export interface NfsServerDefinition {
  readonly containerName: string
  readonly image: string
  /** The image's content; a tag can move. */
  readonly imageId: string
  readonly network: string
  readonly address: string
  /** Who may mount: addresses or networks, separated by commas. */
  readonly clients: string
  readonly volume: string
  readonly labels: Readonly<Record<string, string>>
}

export interface DefinitionFacts {
  readonly image: string
  readonly imageId: string
  readonly network: string
  readonly address: string
  readonly clients: string
}

/** Carries a digest of the definition that the container was made from. */
export const DEFINITION_LABEL = 'dev.statelab.nfs.definition'

/** What user-space NFS needs beyond nothing; a test drops each in turn and shows what fails. */
export const CAPABILITIES = [
  'CHOWN', // chown by a client's root
  'DAC_OVERRIDE', // a client's root changes what others own
  'DAC_READ_SEARCH', // open_by_handle_at: a file handle instead of a path
  'FOWNER', // chmod and utimes of what others own
  'FSETID', // set-group-ID directories
  'SETGID', // files are created as the caller; rpcbind gives up root
  'SETUID',
] as const

export function defineNfsServer(env: Environment, facts: DefinitionFacts): NfsServerDefinition {
  const base = { ...facts, containerName: env.nfsContainer, volume: env.nfsVolume }
  const digest = createHash('sha256')
    .update(JSON.stringify([base, CAPABILITIES, DENIED_SYSTEM_CALLS]))
    .digest('hex')
  return { ...base, labels: { [ENVIRONMENT_LABEL]: env.name, [DEFINITION_LABEL]: digest.slice(0, 16) } }
}
