import { prerequisiteMissing, StatelabError } from '../../errors.ts'
import { CommandFailedError } from '../../process/command-runner.ts'

/** Why an image could not be pulled. */
export type PullFailureKind =
  | 'disk-full'
  | 'certificate'
  | 'no-tls'
  | 'rate-limited'
  | 'mismatch'
  | 'other-platform'
  | 'not-found'
  | 'credentials'
  | 'broken'
  | 'unreachable'
  | 'unknown'

/** What Docker prints, by what it means. The first that fits counts: a message may name its cause within another. */
const SIGNS: readonly (readonly [PullFailureKind, RegExp])[] = [
  ['disk-full', /no space left on device|disk quota exceeded/i],
  ['certificate', /x509:|certificate (?:has expired|is not|signed by)|failed to verify certificate/i],
  ['no-tls', /server gave HTTP response to HTTPS client|first record does not look like a TLS handshake/i],
  ['rate-limited', /toomanyrequests|429 Too Many Requests/i],
  ['mismatch', /verification failed for digest|unexpected commit digest|digest mismatch|does not match digest/i],
  ['other-platform', /no matching manifest for/i],
  ['not-found', /manifest unknown|manifest for .* not found|name unknown|404 not found|: not found/i],
  ['credentials', /unauthorized|no basic auth credentials|denied|incorrect username or password|401 unauthorized|403 forbidden/i],
  ['broken', /unexpected EOF|\bEOF\b|connection reset|broken pipe|GOAWAY|stream error|closed network connection/i],
  [
    'unreachable',
    /no such host|name resolution|server misbehaving|connection refused|timeout|deadline exceeded|Client\.Timeout|unreachable|no route to host|request canceled|dial tcp|proxyconnect/i,
  ],
]

/** @param error what pulling threw. */
export function kindOfPullFailure(error: unknown): PullFailureKind {
  const text = error instanceof CommandFailedError ? error.stderr : String(error)
  return SIGNS.find(([, sign]) => sign.test(text))?.[0] ?? 'unknown'
}

/**
 * The failure as a person should read it: which image, from where, what was seen, and what to do.
 * @param reference what the image is called.
 * @param name the name under which it was asked for, with its digest.
 */
export function pullFailed(error: unknown, { reference, name }: { reference: string; name: string }): StatelabError {
  const kind = kindOfPullFailure(error)
  const host = name.slice(0, name.indexOf('/'))
  const seen = lastLine(error)
  const from = name.startsWith(reference.slice(0, reference.lastIndexOf(':'))) ? '' : ` from ${host}`
  const message = `${reference} could not be pulled${from}: ${SAYINGS[kind]}\n${seen}`
  const fix = FIXES[kind]({ host, name })
  return PREREQUISITES.has(kind)
    ? prerequisiteMissing(message, fix, error)
    : new StatelabError('image-failed', message, { fix, cause: error })
}

/** What the machine or its network lacks; the rest is wrong with the registry. */
const PREREQUISITES: ReadonlySet<PullFailureKind> = new Set([
  'disk-full',
  'certificate',
  'no-tls',
  'rate-limited',
  'credentials',
  'unreachable',
])

const SAYINGS: Readonly<Record<PullFailureKind, string>> = {
  'disk-full': 'the disk is full',
  certificate: 'Docker does not trust the certificate of the registry',
  'no-tls': 'the registry does not use TLS, and Docker insists on it',
  'rate-limited': 'the registry refuses more pulls for now',
  mismatch: 'what the registry sent is not what the digest says; nothing of it was kept',
  'other-platform': 'the registry has it for other processors only',
  'not-found': 'the registry does not have this digest',
  credentials: 'the registry wants other credentials',
  broken: 'the connection broke, twice',
  unreachable: 'the registry does not answer',
  unknown: 'Docker refused',
}

type Fix = (facts: { readonly host: string; readonly name: string }) => string

const ELSEWHERE = '--mirror HOST[/PREFIX], or --source packages, which needs no registry'

const FIXES: Readonly<Record<PullFailureKind, Fix>> = {
  'disk-full': () => 'docker system prune   # then the same command again',
  certificate: ({ host }) =>
    `renew it when it has expired; else put the authority's certificate into /etc/docker/certs.d/${host}/ca.crt`,
  'no-tls': ({ host }) =>
    `add {"insecure-registries": [${JSON.stringify(host)}]} to /etc/docker/daemon.json and restart Docker, if you trust the network`,
  'rate-limited': ({ host }) => `docker login ${host}   # an account may pull more; or ${ELSEWHERE}`,
  mismatch: ({ name }) => `docker pull ${name}   # tells whether it is the registry or something between; then ${ELSEWHERE}`,
  'other-platform': () => '--source packages builds for every processor',
  'not-found': ({ name }) => `docker pull ${name}   # the mirror may have to fetch it first; or ${ELSEWHERE}`,
  credentials: ({ host }) => `docker login ${host}`,
  broken: () => 'the same command again goes on where this one stopped',
  unreachable: ({ host }) => `curl -v https://${host}/v2/   # shows why; or ${ELSEWHERE}`,
  unknown: ({ name }) => `docker pull ${name}`,
}

function lastLine(error: unknown): string {
  const text = error instanceof CommandFailedError ? error.stderr : String(error)
  return text.trim().split('\n').at(-1) ?? ''
}
