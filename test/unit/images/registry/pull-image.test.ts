import { describe, expect, it } from 'vitest'
import { parseMirrors } from '../../../../scripts/images/registry/mirrors.ts'
import { createPull } from '../../../../scripts/images/registry/pull-image.ts'
import { type Answer, FakeRunner, failing } from '../../../helpers/fake-runner.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const REDIS = { reference: 'docker.io/library/redis:7.0.15', digest: DIGEST }
const PAUSE = { reference: 'registry.k8s.io/pause:3.10', digest: DIGEST }

/** A Docker that pulls, unless `pulling` has another answer for a name; what it pulled has the digest `has`. */
function docker(pulling: (name: string, attempt: number) => Answer = () => undefined, has = DIGEST) {
  const attempts = new Map<string, number>()
  return new FakeRunner((command) => {
    const [, name] = /^docker pull (\S+)@/.exec(command) ?? []
    if (command.startsWith('docker image inspect')) return JSON.stringify([`x/y@${has}`])
    if (name === undefined) return ''
    attempts.set(name, (attempts.get(name) ?? 0) + 1)
    return pulling(name, attempts.get(name) ?? 0)
  })
}

const NOT_FOUND = failing('manifest unknown')
const pulled = (runner: FakeRunner): string[] =>
  runner.calls.filter(({ args }) => args[0] === 'pull').map(({ args }) => args[1]?.replace(`@${DIGEST}`, '') ?? '')
const options = (lines: string[] = [], signal = new AbortController().signal) => ({
  ...{ tag: 'statelab/upstream-redis:1', signal },
  progress: (line: string) => void lines.push(line),
})

describe('createPull', () => {
  it('pulls by digest, looks what came, and tags it', async () => {
    const runner = docker()
    await createPull(runner, parseMirrors([]))(REDIS, options())
    expect(runner.commands).toEqual([
      `docker pull docker.io/library/redis@${DIGEST}`,
      `docker image inspect --format '{{json .RepoDigests}}' docker.io/library/redis@${DIGEST}`,
      `docker tag docker.io/library/redis@${DIGEST} statelab/upstream-redis:1`,
    ])
  })

  it('tries the layouts of a mirror, and first the one that worked before', async () => {
    const runner = docker((name) => (name.startsWith('m.example/docker.io') || name.includes('k8s.io') ? '' : NOT_FOUND))
    const pull = createPull(runner, parseMirrors(['m.example']))
    await pull(REDIS, options())
    await pull(PAUSE, options())
    expect(pulled(runner)).toEqual([
      'm.example/library/redis',
      'm.example/docker.io/library/redis',
      'm.example/registry.k8s.io/pause',
    ])
  })

  it('goes on with the next mirror when one does not answer, without asking it for another name', async () => {
    const runner = docker((name) => (name.startsWith('a.example') ? failing('dial tcp: connection refused') : ''))
    await createPull(runner, parseMirrors(['a.example', 'b.example']))(REDIS, options())
    expect(pulled(runner)).toEqual(['a.example/library/redis', 'b.example/library/redis'])
  })

  it('tells what says more than that a name does not exist', async () => {
    const runner = docker((name) => (name.startsWith('m.example/docker.io') ? NOT_FOUND : failing('no basic auth credentials')))
    await expect(createPull(runner, parseMirrors(['m.example']))(REDIS, options())).rejects.toMatchObject({
      code: 'prerequisite-missing',
      fix: 'docker login m.example',
    })
  })

  it('tries a broken connection once more, and says so', async () => {
    const lines: string[] = []
    const runner = docker((_, attempt) => (attempt === 1 ? failing('unexpected EOF') : ''))
    await createPull(runner, parseMirrors([]))(REDIS, options(lines))
    expect(pulled(runner)).toHaveLength(2)
    expect(lines).toContain('the connection to docker.io broke: trying once more')
  })

  it('gives up on one that breaks twice', async () => {
    const runner = docker(() => failing('unexpected EOF'))
    await expect(createPull(runner, parseMirrors([]))(REDIS, options())).rejects.toThrow('the connection broke, twice')
    expect(pulled(runner)).toHaveLength(2)
  })

  it('looks for no other registry when the disk is full', async () => {
    const runner = docker(() => failing('no space left on device'))
    await expect(createPull(runner, parseMirrors(['a.example', 'b.example']))(REDIS, options())).rejects.toThrow(
      'the disk is full',
    )
    expect(pulled(runner)).toHaveLength(1)
  })

  it('gives no tag to what has another digest', async () => {
    const runner = docker(() => '', `sha256:${'b'.repeat(64)}`)
    await expect(createPull(runner, parseMirrors([]))(REDIS, options())).rejects.toMatchObject({
      code: 'image-failed',
      message: expect.stringContaining(`not ${DIGEST}`),
    })
    expect(runner.commands.some((command) => command.startsWith('docker tag'))).toBe(false)
  })

  it('rejects with the reason when it is aborted, and tries no other name', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const runner = docker(() => {
      controller.abort(reason)
      return NOT_FOUND
    })
    await expect(createPull(runner, parseMirrors(['m.example']))(REDIS, options([], controller.signal))).rejects.toBe(reason)
    expect(pulled(runner)).toHaveLength(1)
  })
})
