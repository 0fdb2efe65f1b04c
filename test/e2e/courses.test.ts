import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROJECT } from '../../scripts/commands/project.ts'
import { ENV, statelabOk } from './harness.ts'

const file = (name: string): string => join(PROJECT.root, 'test', 'fixtures', 'courses', name)
const kubectl = (...args: string[]): Promise<string> => statelabOk('kubectl', '--name', ENV.name, ...args)
const inPod = (pod: string, ...command: string[]): Promise<string> => kubectl('exec', pod, '--', ...command)

/** The courses' own files, applied as their readers do: `kubectl apply -f`, into namespace default, unchanged. */
describe('the YAML of the courses', () => {
  beforeAll(async () => {
    await statelabOk('up', '--name', ENV.name)
  })

  describe('redis-persistence', () => {
    applied('redis-persistence.yaml', 'rollout', 'status', 'statefulset/redis-pv-sts')

    test('says redis:alpine, which resolves without a registry', async () => {
      expect(await readFile(file('redis-persistence.yaml'), 'utf8')).toContain('image: redis:alpine')
      expect(await kubectl('get', 'pods', '-o', 'jsonpath={.items[*].status.phase}')).toBe('Running Running')
    })

    test('keeps the message when the Pod is deleted', async () => {
      await inPod('redis-pv-sts-0', 'redis-cli', 'set', 'message', 'hello world')
      await kubectl('delete', 'pod', 'redis-pv-sts-0')
      await kubectl('rollout', 'status', 'statefulset/redis-pv-sts', '--timeout=90s')
      expect(await inPod('redis-pv-sts-0', 'redis-cli', 'get', 'message')).toBe('hello world')
    })

    test('replicates by name', async () => {
      await inPod('redis-pv-sts-1', 'redis-cli', 'replicaof', 'redis-pv-sts-0.redis-svc', '6379')
      await inPod('redis-pv-sts-0', 'redis-cli', 'set', 'abc', '1')
      // WAIT is Redis' own: it returns how many replicas have taken the write, or gives up after the milliseconds given.
      expect(await inPod('redis-pv-sts-0', 'redis-cli', 'wait', '1', '30000')).toBe('1')
      expect(await inPod('redis-pv-sts-1', 'redis-cli', 'get', 'abc')).toBe('1')
    })
  })

  describe('redis-sts', () => {
    applied('redis-sts.yaml', 'rollout', 'status', 'statefulset/redis-sts')

    test('names each Pod by its ordinal', async () => {
      expect(await inPod('redis-sts-1', 'hostname')).toBe('redis-sts-1')
      expect(await inPod('redis-sts-1', 'redis-cli', '-h', 'redis-sts-0.redis-svc', 'ping')).toBe('PONG')
    })
  })

  describe('nginx-web', () => {
    applied('nginx-web.yaml', 'rollout', 'status', 'statefulset/nginx-web')

    test('gives each Pod a page and a claim of its own', async () => {
      const pods = ['nginx-web-0', 'nginx-web-1', 'nginx-web-2']
      for (const pod of pods) await inPod(pod, 'sh', '-c', 'echo "hello $(hostname)" > /usr/share/nginx/html/index.html')
      for (const pod of pods) expect(await inPod('nginx-web-0', 'wget', '-qO-', `${pod}.nginx`)).toBe(`hello ${pod}`)
    })
  })

  describe('hostpath', () => {
    applied('hostpath.yaml', 'wait', '--for=condition=Ready', 'pod/host-pvc-pod')

    test('gives a claim of 5Mi the volume of 10Mi', async () => {
      expect(await kubectl('get', 'pvc', 'host-5m-pvc', '-o', 'jsonpath={.spec.volumeName} {.status.capacity.storage}')).toBe(
        'host-10m-pv 10Mi',
      )
      await inPod('host-pvc-pod', 'sh', '-c', 'echo "hello world" > /tmp/a.txt')
    })
  })

  describe('nfs-dynamic', () => {
    applied('nfs-dynamic.yaml', 'wait', '--for=condition=Ready', 'pod/nfs-dyn-pod')

    test('makes the volume by itself, and keeps what is written there', async () => {
      await inPod('nfs-dyn-pod', 'sh', '-c', 'echo "hello world" > /tmp/a.txt')
      await kubectl('delete', 'pod', 'nfs-dyn-pod')
      await kubectl('apply', '-f', file('nfs-dynamic.yaml'))
      await kubectl('wait', '--for=condition=Ready', 'pod/nfs-dyn-pod', '--timeout=90s')
      expect(await inPod('nfs-dyn-pod', 'cat', '/tmp/a.txt')).toBe('hello world')
    })
  })
})

/** Applies a file before the tests of a group, and removes all that it made after them. */
function applied(name: string, ...untilDone: string[]): void {
  beforeAll(async () => {
    await kubectl('apply', '-f', file(name))
    await kubectl(...untilDone, '--timeout=90s')
  })
  afterAll(async () => {
    await kubectl('delete', '-f', file(name), '--wait')
    await kubectl('delete', 'pvc', '--all', '--wait')
  })
}
