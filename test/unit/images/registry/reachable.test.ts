import { describe, expect, it } from 'vitest'
import { parseMirrors } from '../../../../scripts/images/registry/mirrors.ts'
import { type Fetch, reachable } from '../../../../scripts/images/registry/reachable.ts'
import { type Answer, FakeRunner, failing } from '../../../helpers/fake-runner.ts'

const BOTH = ['docker.io', 'registry.k8s.io']

/** A network in which addresses answer with a status, or fail with a code. */
function network(answers: Readonly<Record<string, number | string>>): Fetch {
  return async (input) => {
    const answer = answers[new URL(String(input)).host] ?? 'ENOTFOUND'
    if (typeof answer === 'number') return new Response(null, { status: answer })
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(answer), { code: answer }) })
  }
}

const ask = (answers: Readonly<Record<string, number | string>>, mirrors: readonly string[] = [], info: Answer = '|0') =>
  reachable(BOTH, {
    runner: new FakeRunner(() => info),
    fetch: network(answers),
    mirrors: parseMirrors(mirrors),
    signal: new AbortController().signal,
  })

const ANSWERING = { 'registry-1.docker.io': 401, 'registry.k8s.io': 200 }

describe('reachable', () => {
  it('is happy with any answer of every registry', async () => {
    expect(await ask(ANSWERING)).toEqual({ usable: true, why: 'registry-1.docker.io and registry.k8s.io can be reached' })
  })

  it.each(['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_SSL_WRONG_VERSION_NUMBER'])(
    'takes %s for an answer: Docker decides what it accepts',
    async (code) => {
      expect((await ask({ ...ANSWERING, 'registry.k8s.io': code })).usable).toBe(true)
    },
  )

  it.each([
    ['ENOTFOUND', 'registry.k8s.io: unknown host'],
    ['ECONNREFUSED', 'registry.k8s.io: connection refused'],
    ['ECONNRESET', 'registry.k8s.io: connection reset'],
    ['UND_ERR_CONNECT_TIMEOUT', 'registry.k8s.io: no answer'],
  ])('does not take %s', async (code, why) => {
    expect(await ask({ ...ANSWERING, 'registry.k8s.io': code })).toEqual({
      usable: false,
      why,
      fix: expect.stringMatching(/^curl -v https:\/\/registry\.k8s\.io\/v2\/ /),
    })
  })

  it('looks into the errors of several addresses', async () => {
    const cause = new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })])
    const fetch: Fetch = () => Promise.reject(new TypeError('fetch failed', { cause }))
    const options = { runner: new FakeRunner(() => '|0'), fetch, mirrors: parseMirrors([]), signal: new AbortController().signal }
    expect((await reachable(['registry.k8s.io'], options)).why).toBe('registry.k8s.io: connection refused')
  })

  it('asks mirrors instead, and is happy with one of them', async () => {
    expect(await ask({ 'b.example': 200 }, ['a.example', 'b.example'])).toEqual({ usable: true, why: 'b.example can be reached' })
    expect(await ask({ 'registry.k8s.io': 200 }, ['docker.io=a.example'])).toMatchObject({
      usable: false,
      why: 'a.example: unknown host',
    })
  })

  it('believes a proxy of Docker, and shows no password of it', async () => {
    expect(await ask({}, [], 'http://me:secret@proxy.example:3128|0')).toEqual({
      usable: true,
      why: 'Docker goes through the proxy http://proxy.example:3128',
    })
  })

  it('believes a mirror of Docker Hub that Docker is set up with, but for Docker Hub only', async () => {
    expect((await ask({ 'registry.k8s.io': 200 }, [], '|1')).usable).toBe(true)
    expect((await ask({ 'registry-1.docker.io': 200 }, [], '|1')).usable).toBe(false)
    expect((await ask({ 'registry.k8s.io': 200 }, ['docker.io=a.example'], '|1')).usable).toBe(false)
  })

  it('does without a Docker that does not run', async () => {
    expect((await ask(ANSWERING, [], failing('Cannot connect to the Docker daemon'))).usable).toBe(true)
  })
})
