import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../../../scripts/errors.ts'
import { kindOfPullFailure, type PullFailureKind, pullFailed } from '../../../../scripts/images/registry/pull-failure.ts'
import { CommandFailedError } from '../../../../scripts/process/command-runner.ts'

/** What Docker printed, each line seen once in the world. `401` and `429` may be part of a digest. */
const SEEN: readonly (readonly [PullFailureKind, string])[] = [
  ['unreachable', 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host'],
  ['unreachable', 'Get "https://m.example/v2/": dial tcp: lookup m.example: Temporary failure in name resolution'],
  ['unreachable', 'Get "https://127.0.0.1:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused'],
  [
    'unreachable',
    'Get "https://m.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  ],
  ['unreachable', 'Get "https://m.example/v2/": net/http: TLS handshake timeout'],
  ['unreachable', 'Get "https://m.example/v2/": dial tcp 10.0.0.1:443: connect: no route to host'],
  ['unreachable', 'Get "https://m.example/v2/": proxyconnect tcp: dial tcp 10.0.0.1:3128: i/o timeout'],
  ['credentials', 'Get "https://m.example/v2/library/redis/manifests/sha256:42940142": no basic auth credentials'],
  ['credentials', 'Head "https://m.example/v2/a/manifests/b": unauthorized: authentication required'],
  ['credentials', "pull access denied for nothing, repository does not exist or may require 'docker login'"],
  [
    'certificate',
    'Get "https://m.example/v2/": x509: certificate has expired or is not yet valid: current time 2026-11-21 is after 2020-01-01',
  ],
  [
    'certificate',
    'Get "https://m.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
  ],
  ['no-tls', 'Get "https://172.17.0.2:5000/v2/": http: server gave HTTP response to HTTPS client'],
  ['not-found', 'manifest for m.example/redis@sha256:4014014 not found: manifest unknown: manifest unknown'],
  ['not-found', 'm.example/library/redis@sha256:abc: not found'],
  ['not-found', 'error parsing HTTP 404 response body: name unknown: repository name not known to registry'],
  ['mismatch', 'manifest verification failed for digest sha256:abc'],
  ['mismatch', 'filesystem layer verification failed for digest sha256:abc'],
  ['mismatch', 'error pulling image configuration: image config verification failed for digest sha256:abc'],
  ['disk-full', 'failed to register layer: write /usr/bin/x: no space left on device'],
  ['broken', 'error pulling image configuration: download failed after attempts=6: unexpected EOF'],
  ['broken', 'Get "https://m.example/v2/": read tcp 10.0.0.2:4000->10.0.0.1:443: read: connection reset by peer'],
  ['rate-limited', 'toomanyrequests: You have reached your pull rate limit.'],
  ['other-platform', 'no matching manifest for linux/arm64/v8 in the manifest list entries'],
  ['unknown', 'something that nobody has seen, about sha256:4290401'],
]

const failure = (line: string): CommandFailedError =>
  new CommandFailedError({
    command: 'docker pull x',
    exitCode: 1,
    stderr: `abc: Pulling fs layer\nError response from daemon: ${line}`,
    notFound: false,
  })

const NAMES = { reference: 'docker.io/library/redis:7.0.15', name: 'm.example:5000/library/redis@sha256:abc' }

describe('a failed pull', () => {
  it.each(SEEN)('is %s when Docker says: %s', (kind, line) => {
    expect(kindOfPullFailure(failure(line))).toBe(kind)
  })

  it.each(SEEN)('names the image, the host, what was seen and what to do (%s: %s)', (_kind, line) => {
    const error = pullFailed(failure(line), NAMES)
    expect(error.message).toMatch(/^docker\.io\/library\/redis:7\.0\.15 could not be pulled from m\.example:5000: /)
    expect(error.message.split('\n')).toHaveLength(2)
    expect(error.message).toContain(line)
    expect(error.fix).toMatch(/\S/)
    expect(error.fix).not.toContain('undefined')
  })

  it.each([
    ['unreachable', 3],
    ['credentials', 3],
    ['certificate', 3],
    ['no-tls', 3],
    ['disk-full', 3],
    ['rate-limited', 3],
    ['not-found', 1],
    ['mismatch', 1],
    ['broken', 1],
  ] as const)('ends with the right code when it is %s: %i', (kind, code) => {
    const [, line = ''] = SEEN.find(([each]) => each === kind) ?? []
    expect(exitCodeOf(pullFailed(failure(line), NAMES))).toBe(code)
  })

  it('says where to log in, and where to name a registry without TLS or an authority', () => {
    const fix = (line: string): string => pullFailed(failure(line), NAMES).fix ?? ''
    expect(fix('no basic auth credentials')).toBe('docker login m.example:5000')
    expect(fix('http: server gave HTTP response to HTTPS client')).toContain('{"insecure-registries": ["m.example:5000"]}')
    expect(fix('x509: certificate signed by unknown authority')).toContain('/etc/docker/certs.d/m.example:5000/ca.crt')
  })

  it('names no other host where the image came from its own registry', () => {
    const own = { ...NAMES, name: 'docker.io/library/redis@sha256:abc' }
    expect(pullFailed(failure('no such host'), own).message).toMatch(/^docker\.io\/library\/redis:7\.0\.15 could not be pulled: /)
  })
})
