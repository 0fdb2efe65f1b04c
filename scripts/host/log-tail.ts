import { runAsRoot } from './as-root.ts'
import type { Daemon } from './daemon.ts'
import type { Host } from './host.ts'
import { serviceManager } from './service-manager.ts'

const LINES = '12'

/** The last lines of a daemon's log, for an error message; says where it looked when there are none. */
export async function logTail(host: Host, daemon: Daemon, signal: AbortSignal): Promise<string> {
  const journal = daemon.service !== undefined && (await serviceManager(host)) === 'systemd'
  const [file, args] = journal
    ? (['journalctl', ['--no-pager', '-o', 'cat', '-n', LINES, '-u', daemon.service ?? '']] as const)
    : (['tail', ['-n', LINES, daemon.logFile]] as const)
  const nothing = `(no log in ${journal ? 'the journal' : daemon.logFile})`
  try {
    const { stdout } = await runAsRoot(host, file, args, { signal })
    return stdout.trim() || nothing
  } catch {
    return nothing
  }
}
