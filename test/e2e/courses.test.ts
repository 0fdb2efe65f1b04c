import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROJECT } from '../../scripts/commands/project.ts'
import { execaRunner } from '../../scripts/process/execa-runner.ts'
import { ENV, statelabOk } from './harness.ts'

/** The courses' own files, applied as their readers do: `kubectl apply -f`, into namespace default, unchanged. */
describe('the YAML of the courses', () => {
  const file = (name: string): string => join(PROJECT.root, 'test', 'fixtures', 'courses', name)
  const kubectl = (...args: string[]): Promise<string> => statelabOk('kubectl', '--name', ENV.name, ...args)

  beforeAll(async () => {
    await statelabOk('up', '--name', ENV.name)
    await kubectl('apply', '-f', file('redis-persistence.yaml'))
    await kubectl('rollout', 'status', 'statefulset/redis-pv-sts', '--timeout=90s')
  })

  afterAll(async () => {
    await kubectl('delete', '-f', file('redis-persistence.yaml'), '--wait')
    await kubectl('delete', 'pvc', '--all', '--wait')
  })

  test('says redis:alpine, which resolves without a registry', async () => {
    expect(await readFile(file('redis-persistence.yaml'), 'utf8')).toContain('image: redis:alpine')
    expect(await kubectl('get', 'pods', '-o', 'jsonpath={.items[*].status.phase}')).toBe('Running Running')
  })

  test('keeps the message when the Pod is deleted', async () => {
    await kubectl('exec', 'redis-pv-sts-0', '--', 'redis-cli', 'set', 'message', 'hello world')
    await kubectl('delete', 'pod', 'redis-pv-sts-0')
    await kubectl('rollout', 'status', 'statefulset/redis-pv-sts', '--timeout=90s')
    expect(await kubectl('exec', 'redis-pv-sts-0', '--', 'redis-cli', 'get', 'message')).toBe('hello world')
  })

  test('replicates by name', async () => {
    await kubectl('exec', 'redis-pv-sts-1', '--', 'redis-cli', 'replicaof', 'redis-pv-sts-0.redis-svc', '6379')
    await kubectl('exec', 'redis-pv-sts-0', '--', 'redis-cli', 'set', 'abc', '1')
    // WAIT is Redis' own: it returns how many replicas have taken the write, or gives up after the milliseconds given.
    expect(await kubectl('exec', 'redis-pv-sts-0', '--', 'redis-cli', 'wait', '1', '30000')).toBe('1')
    expect(await kubectl('exec', 'redis-pv-sts-1', '--', 'redis-cli', 'get', 'abc')).toBe('1')
    await execaRunner.run('docker', ['exec', ENV.nfsContainer, 'ls', '/export'])
  })
})
