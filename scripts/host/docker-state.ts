import { messageOf } from '../errors.ts'
import { CommandFailedError } from '../process/command-runner.ts'
import { withTimeout } from '../wait/deadline.ts'
import { formatDuration } from '../wait/duration.ts'
import { type Daemon, dockerEnv } from './daemon.ts'
import { type DockerFacts, parseDockerInfo } from './docker-facts.ts'
import type { Host } from './host.ts'

/** What asking Docker gave. Not reaching it is a result: callers say different things about it. */
export type DockerState =
  | { readonly state: 'running'; readonly facts: DockerFacts }
  | { readonly state: 'no-cli' }
  | { readonly state: 'not-permitted'; readonly endpoint: string; readonly detail: string }
  /** `ours` is false when DOCKER_HOST or a context points somewhere that this tool must not try to start. */
  | { readonly state: 'unreachable'; readonly endpoint: string; readonly ours: boolean; readonly detail: string }

/** On a busy machine, or through Docker Desktop, an answer can take seconds. */
const ANSWER_TIMEOUT_MS = 10_000

/** Asks Docker what it is. Changes nothing. */
export async function readDocker(
  host: Host,
  daemon: Daemon,
  signal: AbortSignal,
  timeoutMs: number = ANSWER_TIMEOUT_MS,
): Promise<DockerState> {
  const [info, endpoint] = await Promise.all([
    askInfo(host, daemon, signal, timeoutMs),
    askEndpoint(host, daemon, signal, timeoutMs),
  ])
  if (info === 'no-cli') return { state: 'no-cli' }
  const parsed = parseDockerInfo(info.stdout)
  const ours = host.platform === 'linux' && (endpoint === daemon.endpoint || LOCAL_SOCKETS.has(endpoint))
  if ('facts' in parsed) {
    return { state: 'running', facts: { ...parsed.facts, local: ours && parsed.facts.operatingSystem !== 'Docker Desktop' } }
  }
  // Docker 20.10 puts the reason into the JSON, later ones on stderr.
  const detail = lastLine(info.stderr) || parsed.problem
  return /permission denied/i.test(detail)
    ? { state: 'not-permitted', endpoint, detail }
    : { state: 'unreachable', endpoint, ours, detail }
}

const LOCAL_SOCKETS = new Set(['unix:///var/run/docker.sock', 'unix:///run/docker.sock'])

async function askInfo(
  host: Host,
  daemon: Daemon,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<{ stdout: string; stderr: string } | 'no-cli'> {
  try {
    return await host.runner.run('docker', ['info', '--format', '{{json .}}'], {
      signal: withTimeout(signal, timeoutMs),
      env: dockerEnv(daemon),
      allow: 'any',
    })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof CommandFailedError) {
      if (error.notFound) return 'no-cli'
      return { stdout: '', stderr: messageOf(error) }
    }
    return { stdout: '', stderr: `Docker accepts the connection but gives no answer within ${formatDuration(timeoutMs)}` }
  }
}

async function askEndpoint(host: Host, daemon: Daemon, signal: AbortSignal, timeoutMs: number): Promise<string> {
  const chosen = daemon.endpoint ?? host.env.DOCKER_HOST
  if (chosen !== undefined && chosen !== '') return chosen
  try {
    const { stdout } = await host.runner.run('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], {
      signal: withTimeout(signal, timeoutMs),
    })
    return stdout.trim()
  } catch {
    signal.throwIfAborted()
    return 'the current docker context'
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
