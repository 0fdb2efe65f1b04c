import { messageOf } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { CommandRunner } from '../process/command-runner.ts'
import { ensureDebianPackages, type InstallOptions } from './apt.ts'
import { runAsRoot, writeAsRoot } from './as-root.ts'
import { type Daemon, SYSTEM_DAEMON } from './daemon.ts'
import { ensureDocker } from './docker.ts'
import type { DoctorCheck } from './doctor/check.ts'
import { BUILD_PACKAGES } from './doctor/toolchain-checks.ts'
import { type Host, localHost } from './host.ts'
import { GOOD_INOTIFY } from './requirements.ts'

export interface FixOptions {
  readonly runner: CommandRunner
  readonly signal: AbortSignal
  readonly emit: Emit
  readonly progress?: (line: string) => void
  readonly host?: Host
  readonly daemon?: Daemon
}

/**
 * Mends what `doctor` found, as far as that is safe: nothing is deleted, no user gets rights, no kernel is changed. Run
 * `doctor` again afterwards: it says what is left. A remedy that fails becomes a warning, and the others go on.
 * @returns the ids of the checks whose remedy was applied.
 */
export async function fixHost(checks: readonly DoctorCheck[], options: FixOptions): Promise<string[]> {
  const { runner, signal, emit, host = localHost(runner), daemon = SYSTEM_DAEMON } = options
  const install = { ...options, host, daemon, allowInstall: true }
  const applied: string[] = []
  for (const remedy of REMEDIES) {
    const unwell = checks.filter(({ id, status }) => status !== 'ok' && remedy.mends.includes(id)).map(({ id }) => id)
    if (unwell.length === 0) continue
    try {
      await remedy.apply(install)
      applied.push(...unwell)
    } catch (error) {
      signal.throwIfAborted()
      emit({ type: 'note', level: 'warning', text: `${unwell.join(', ')}: ${messageOf(error)}` })
    }
  }
  return applied
}

interface Remedy {
  /** Ids of the checks that it makes green. */
  readonly mends: readonly string[]
  apply(options: InstallOptions & { readonly runner: CommandRunner; readonly daemon: Daemon }): Promise<unknown>
}

const REMEDIES: readonly Remedy[] = [
  {
    mends: ['docker-cli', 'docker', 'privileged'],
    apply: ({ progress, ...options }) => ensureDocker({ ...options, ...(progress && { progress }) }),
  },
  { mends: ['inotify'], apply: raiseInotifyLimits },
  { mends: ['mmdebstrap'], apply: (options) => ensureDebianPackages(BUILD_PACKAGES, 'Building images needs it', options) },
]

async function raiseInotifyLimits({ host, signal, emit }: InstallOptions): Promise<void> {
  const settings = { max_user_watches: GOOD_INOTIFY.watches, max_user_instances: GOOD_INOTIFY.instances }
  const lines = Object.entries(settings).map(([name, value]) => `fs.inotify.${name}=${value}`)
  emit({ type: 'note', level: 'info', text: `Raising the limits of inotify: ${lines.join(' ')} (kept in ${SYSCTL_FILE})` })
  for (const [name, value] of Object.entries(settings)) {
    // Not with sysctl(8), which a minimal Debian lacks.
    await runAsRoot(host, 'sh', ['-c', 'echo "$2" >"$1"', 'sh', `/proc/sys/fs/inotify/${name}`, String(value)], { signal })
  }
  await writeAsRoot(host, SYSCTL_FILE, `# Written by statelab doctor --fix\n${lines.join('\n')}\n`, '644', signal)
}

const SYSCTL_FILE = '/etc/sysctl.d/60-statelab.conf'
