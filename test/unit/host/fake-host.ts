import type { Host } from '../../../scripts/host/host.ts'
import { CommandFailedError, type CommandResult, type RunOptions } from '../../../scripts/process/command-runner.ts'

type Answer = string | Partial<CommandResult> | 'no such program' | undefined

export interface FakeHostOptions extends Partial<Pick<Host, 'platform' | 'env' | 'uid' | 'nodeVersion' | 'memoryBytes'>> {
  /** Path to content; `''` is enough where only the existence counts. */
  readonly files?: Record<string, string>
  readonly freeBytes?: number
  /** @param command file and arguments, joined by blanks. `undefined` answers with an empty success. */
  readonly answer?: (command: string, options: RunOptions) => Answer
}

/** A machine made of a few files and answers; it records the commands that were run on it. */
export function fakeHost(
  options: FakeHostOptions = {},
): Host & { readonly commands: string[]; readonly files: Record<string, string> } {
  const { files = {}, freeBytes = 100 * 1024 ** 3, answer = () => undefined } = options
  const commands: string[] = []
  return {
    platform: 'linux',
    env: { PATH: '/usr/bin' },
    uid: 0,
    nodeVersion: '24.21.0',
    memoryBytes: 16 * 1024 ** 3,
    ...options,
    files,
    commands,
    runner: {
      run: async (file, args, runOptions = {}) => {
        const command = [file, ...args].join(' ')
        commands.push(command)
        const given = answer(command, runOptions)
        if (given === 'no such program') throw failed(command, undefined, '', true)
        const result = {
          exitCode: 0,
          stdout: typeof given === 'string' ? given : '',
          stderr: '',
          ...(typeof given === 'object' && given),
        }
        const { allow = [0] } = runOptions
        if (allow !== 'any' && !allow.includes(result.exitCode)) throw failed(command, result.exitCode, result.stderr, false)
        return result
      },
    },
    readText: async (path) => files[path],
    exists: async (path) => path in files,
    freeBytes: async () => freeBytes,
  }
}

function failed(command: string, exitCode: number | undefined, stderr: string, notFound: boolean): CommandFailedError {
  return new CommandFailedError({ command, exitCode, stderr, notFound })
}

/** What `docker info --format '{{json .}}'` prints. */
export function dockerInfo(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    ServerVersion: '28.2.2',
    CgroupVersion: '2',
    CgroupDriver: 'systemd',
    DockerRootDir: '/var/lib/docker',
    MemTotal: 16 * 1024 ** 3,
    NCPU: 4,
    Architecture: 'x86_64',
    OperatingSystem: 'Debian GNU/Linux 12 (bookworm)',
    DefaultRuntime: 'runc',
    SecurityOptions: ['name=seccomp,profile=builtin'],
    DriverStatus: [['Backing Filesystem', 'extfs']],
    ...changes,
  })
}

/** The answers of a machine whose Docker says `info`; other commands are answered by `others`. */
export function withDocker(info: Answer, others: (command: string) => Answer = () => undefined): (command: string) => Answer {
  return (command) => {
    if (command.startsWith('docker info')) return info
    if (command.startsWith('docker context inspect')) return info === 'no such program' ? info : 'unix:///var/run/docker.sock'
    return others(command)
  }
}

export const DAEMON_DOWN = {
  exitCode: 1,
  stdout: '{"ServerVersion":""}',
  stderr: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
}

export const NOT_PERMITTED = {
  exitCode: 1,
  stdout: JSON.stringify({
    ServerErrors: ['permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock'],
  }),
}

/** /proc/self/status of a process that may everything, and of one without CAP_SYS_RESOURCE. */
export const FULL_STATUS = 'Name:\tnode\nCapBnd:\t000001ffffffffff\n'
export const BOUNDED_STATUS = 'Name:\tnode\nCapBnd:\t000001fffeffffff\nCapAmb:\t0000000000000000\n'
