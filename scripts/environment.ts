import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { badInput } from './errors.ts'

/** The names by which everything of one environment is found again: the tool keeps no other record of it. */
export interface Environment {
  readonly name: string
  /** The kind cluster. */
  readonly cluster: string
  /** The Docker network of the cluster and its NFS server. */
  readonly network: string
  readonly nfsContainer: string
  readonly nfsVolume: string
  /** The folder of this environment's files (mode 0700). */
  readonly folder: string
  /** The kubeconfig (mode 0600); `KUBECONFIG` and ~/.kube/config are never written to. */
  readonly kubeconfig: string
}

/** Every container, network and volume of an environment carries this label, with the environment's name. */
export const ENVIRONMENT_LABEL = 'dev.statelab.environment'

export const DEFAULT_ENVIRONMENT = 'statelab'

/** kind makes node names by appending `-control-plane`; together they must fit a DNS label of 63. */
const MAX_NAME = 40
const RESERVED = new Set(['kind'])

/**
 * @param name an RFC 1123 label of at most 40 characters.
 * @throws {StatelabError} `bad-input`.
 */
export function environment(name: string = DEFAULT_ENVIRONMENT): Environment {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) || name.length > MAX_NAME || RESERVED.has(name)) {
    throw badInput(
      {
        en: `${JSON.stringify(name)} cannot be the name of an environment`,
        zh: `${JSON.stringify(name)} 不能作为环境名称`,
      },
      {
        en: `use up to ${MAX_NAME} lower-case letters, digits and hyphens, beginning and ending with a letter or digit (not "kind")`,
        zh: `请使用至多 ${MAX_NAME} 个小写字母、数字和连字符，首尾须为字母或数字（不能是 "kind"）`,
      },
    )
  }
  const folder = join(stateFolder(), 'environments', name)
  return {
    name,
    cluster: name,
    network: `statelab-${name}`,
    nfsContainer: `${name}-nfs`,
    nfsVolume: `${name}-nfs-export`,
    folder,
    kubeconfig: join(folder, 'kubeconfig'),
  }
}

/**
 * Where statelab keeps files between commands: `$STATELAB_HOME`, else `$XDG_STATE_HOME/statelab`, else
 * `~/.local/state/statelab`. Always absolute: the kubeconfig in it is used from other folders too.
 */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.STATELAB_HOME) return resolve(env.STATELAB_HOME)
  // The XDG specification has relative paths ignored.
  const xdg = env.XDG_STATE_HOME && isAbsolute(env.XDG_STATE_HOME) ? env.XDG_STATE_HOME : undefined
  return join(xdg ?? join(homedir(), '.local', 'state'), 'statelab')
}
