import type { CommandResult, RunOptions } from '../process/command-runner.ts'
import type { Host } from './host.ts'

/** Runs a program as root: directly, or through `sudo -n`, which never asks for a password. */
export function runAsRoot(host: Host, file: string, args: readonly string[], options: RunOptions): Promise<CommandResult> {
  return host.uid === 0 ? host.runner.run(file, args, options) : host.runner.run('sudo', ['-n', file, ...args], options)
}

/** Whether `runAsRoot` would work. */
export async function canBeRoot(host: Host, signal: AbortSignal): Promise<boolean> {
  if (host.uid === 0) return true
  if (host.uid === -1) return false
  try {
    return (await host.runner.run('sudo', ['-n', 'true'], { signal, allow: 'any' })).exitCode === 0
  } catch {
    signal.throwIfAborted()
    return false
  }
}

/** Replaces a file in one step, so that a reader sees the old text or the new one. `mode` is octal: `'644'`. */
export async function writeAsRoot(host: Host, path: string, text: string, mode: string, signal: AbortSignal): Promise<void> {
  const script = 'mkdir -p "$(dirname "$1")" && cat >"$1.new" && chmod "$2" "$1.new" && mv -f "$1.new" "$1"'
  await runAsRoot(host, 'sh', ['-c', script, 'sh', path, mode], { signal, input: text })
}

/** How a person types a command that needs root. */
export function asTyped(host: Host, command: string): string {
  return host.uid === 0 ? command : `sudo ${command}`
}
