import type { CommandRunner } from '../../process/command-runner.ts'
import { withTimeout } from '../../wait/deadline.ts'
import type { Probe } from '../source.ts'
import { hostsFor, type Mirrors } from './mirrors.ts'

export type Fetch = typeof globalThis.fetch

/** Leaves a second of the five that choosing a source may take. */
const ANSWER_MS = 4_000

/** Where Docker Hub answers; `docker.io` is only its name. */
const ADDRESSES: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' }

export interface ReachableOptions {
  readonly runner: CommandRunner
  readonly fetch: Fetch
  readonly mirrors: Mirrors
  readonly signal: AbortSignal
}

/**
 * Finds out whether every registry, or a mirror of it, answers. Any answer counts, one that asks for a password too:
 * what is wrong with it, Docker tells when it pulls.
 * @param registries hosts, as references have them.
 * @returns what to tell: who answered, or who did not and why.
 */
export async function reachable(
  registries: readonly string[],
  { runner, fetch, mirrors, signal }: ReachableOptions,
): Promise<Probe> {
  const [daemon, answers] = await Promise.all([
    daemonSettings(runner, signal),
    Promise.all(registries.map((registry) => anyAnswer(hostsFor(registry, mirrors), { fetch, signal }))),
  ])
  const silent = answers.flatMap((answer, index) => {
    const isMirrored = registries[index] === 'docker.io' && daemon.mirrors && hostsFor('docker.io', mirrors).includes('docker.io')
    return answer.usable || isMirrored ? [] : [answer]
  })
  if (silent.length === 0)
    return { usable: true, why: `${[...new Set(answers.map(({ host }) => host))].join(' and ')} can be reached` }
  if (daemon.proxy !== '') return { usable: true, why: `Docker goes through the proxy ${withoutPassword(daemon.proxy)}` }
  const why = [...new Set(silent.map((answer) => answer.why))].join(', ')
  return { usable: false, why, fix: `curl -v https://${silent[0]?.host}/v2/   # shows more; --source packages needs no registry` }
}

interface Answer {
  readonly usable: boolean
  readonly host: string
  readonly why: string
}

async function anyAnswer(hosts: readonly string[], options: { fetch: Fetch; signal: AbortSignal }): Promise<Answer> {
  const answers = await Promise.all(hosts.map((host) => answer(host, options)))
  const [first] = answers
  return answers.find(({ usable }) => usable) ?? first ?? { usable: false, host: '', why: 'there is no registry' }
}

async function answer(host: string, { fetch, signal }: { fetch: Fetch; signal: AbortSignal }): Promise<Answer> {
  const address = ADDRESSES[host] ?? host
  try {
    const response = await fetch(`https://${address}/v2/`, { signal: withTimeout(signal, ANSWER_MS), redirect: 'manual' })
    await response.body?.cancel()
    return { usable: true, host: address, why: 'answers' }
  } catch (error) {
    const code = codeOf(error)
    // It spoke, though not as a browser would have it: whether Docker accepts that is for Docker to say.
    if (/^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|HPE_)/.test(code)) {
      return { usable: true, host: address, why: 'answers' }
    }
    return { usable: false, host: address, why: `${address}: ${REASONS[code] ?? 'no answer'}` }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'its name cannot be resolved',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route',
  ENETUNREACH: 'no network',
}

/** Node wraps the error of the network, and several of them where a name has several addresses. */
function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code
    if (cause instanceof AggregateError) return codeOf(cause.errors[0])
  }
  return ''
}

/** The daemon pulls, with a proxy and mirrors of its own: then what this process can reach says little. */
async function daemonSettings(runner: CommandRunner, signal: AbortSignal): Promise<{ proxy: string; mirrors: boolean }> {
  const format = '{{.HTTPSProxy}}|{{len .RegistryConfig.Mirrors}}'
  const options = { signal: withTimeout(signal, ANSWER_MS), allow: 'any' as const }
  const { exitCode, stdout } = await runner
    .run('docker', ['info', '--format', format], options)
    .catch(() => ({ exitCode: 1, stdout: '' }))
  const [proxy = '', mirrors = '0'] = exitCode === 0 ? stdout.trim().split('|') : []
  return { proxy, mirrors: Number(mirrors) > 0 }
}

function withoutPassword(proxy: string): string {
  return proxy.replace(/\/\/[^@/]*@/, '//')
}
