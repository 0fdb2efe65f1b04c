import { messageOf, prerequisiteMissing } from '../errors.ts'
import type { Emit } from '../events.ts'
import { asTyped, canBeRoot, runAsRoot } from './as-root.ts'
import type { Host } from './host.ts'

export interface InstallOptions {
  readonly host: Host
  readonly signal: AbortSignal
  readonly emit: Emit
  /** False (`--no-install`): the host stays as it is, and the error says what to type. */
  readonly allowInstall: boolean
  readonly progress?: ((line: string) => void) | undefined
}

/**
 * Makes sure that Debian packages are installed; safe to repeat.
 * @param purpose what they are for, as in "Docker is needed".
 * @throws {StatelabError} `prerequisite-missing` where that is not possible or not allowed.
 */
export async function ensureDebianPackages(packages: readonly string[], purpose: string, options: InstallOptions): Promise<void> {
  const { host, signal, emit, allowInstall, progress } = options
  const missing = await missingDebianPackages(host, packages, signal)
  if (missing.length === 0) return
  const typed = asTyped(host, `apt-get update && ${asTyped(host, `apt-get install -y ${missing.join(' ')}`)}`)
  if (!(await isDebianLike(host))) {
    throw prerequisiteMissing(
      `${purpose}, and only Debian and Ubuntu packages can be installed from here`,
      `install ${missing.join(', ')}`,
    )
  }
  if (!allowInstall) throw prerequisiteMissing(`${purpose}: ${missing.join(', ')}`, typed)
  if (!(await canBeRoot(host, signal))) throw prerequisiteMissing(`${purpose}, and installing it takes root`, typed)
  emit({ type: 'note', level: 'info', text: `${purpose}: installing ${missing.join(', ')} with apt-get` })
  await install(host, missing, typed, signal, progress)
}

/** @returns all of them where there is no dpkg. */
export async function missingDebianPackages(host: Host, packages: readonly string[], signal: AbortSignal): Promise<string[]> {
  try {
    const query = ['-W', '-f', '${Package} ${db:Status-Abbrev}\\n', ...packages]
    const { stdout } = await host.runner.run('dpkg-query', query, { signal, allow: 'any' })
    const installed = new Set([...stdout.matchAll(/^(\S+) ii/gm)].map(([, name]) => name))
    return packages.filter((name) => !installed.has(name))
  } catch {
    signal.throwIfAborted()
    return [...packages]
  }
}

async function isDebianLike(host: Host): Promise<boolean> {
  const release = (await host.readText('/etc/os-release')) ?? ''
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release)
}

async function install(
  host: Host,
  packages: readonly string[],
  typed: string,
  signal: AbortSignal,
  progress?: (line: string) => void,
): Promise<void> {
  // Another apt may be running: cloud images update themselves right after they boot.
  const patient = ['-o', 'DPkg::Lock::Timeout=300']
  const options = { signal, ...(progress && { onLine: progress }) }
  const apt = (args: readonly string[], allow: 'any' | readonly number[]) =>
    runAsRoot(host, 'env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...patient, ...args], { ...options, allow })
  // One unreachable source fails the update; what is wanted may come from another.
  await apt(['update', '-q'], 'any')
  try {
    await apt(['install', '-y', '-q', ...packages], [0])
  } catch (error) {
    signal.throwIfAborted()
    throw prerequisiteMissing(`${packages.join(', ')} could not be installed: ${messageOf(error)}`, typed, error)
  }
}
