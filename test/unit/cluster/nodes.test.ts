import { describe, expect, it } from 'vitest'
import { listNodes, removeNodes, startNodes, stopNodes } from '../../../scripts/cluster/nodes.ts'
import { environment } from '../../../scripts/environment.ts'
import { FakeRunner } from '../../helpers/fake-runner.ts'

const env = environment('t')
const { signal } = new AbortController()

/** What `docker ps` prints: name, role, state, image. */
const ps = (...rows: readonly (readonly [string, string, string])[]) =>
  new FakeRunner((command) =>
    command.startsWith('docker ps') ? rows.map((row) => [...row, 'statelab/node-image:v1'].join('\t')).join('\n') : '',
  )

const changes = ({ commands }: FakeRunner): string[] => commands.filter((command) => !command.startsWith('docker ps'))

describe('listNodes', () => {
  it('reads the containers of that cluster, running or not, the control plane first', async () => {
    const runner = ps(
      ['t-worker2', 'worker', 'exited'],
      ['t-worker', 'worker', 'running'],
      ['t-control-plane', 'control-plane', 'paused'],
    )
    expect(await listNodes(runner, 't', signal)).toEqual([
      { name: 't-control-plane', role: 'control-plane', state: 'paused', image: 'statelab/node-image:v1' },
      { name: 't-worker', role: 'worker', state: 'running', image: 'statelab/node-image:v1' },
      { name: 't-worker2', role: 'worker', state: 'exited', image: 'statelab/node-image:v1' },
    ])
    expect(runner.commands[0]).toContain('docker ps --all --filter label=io.x-k8s.kind.cluster=t --format')
  })

  it('knows where the API server is published, on loopback only', async () => {
    const row = (ports: string) =>
      new FakeRunner(() => ['t-control-plane', 'control-plane', 'running', 'node:1', ports].join('\t'))
    expect((await listNodes(row('127.0.0.1:37023->6443/tcp'), 't', signal))[0]?.apiPort).toBe(37023)
    expect((await listNodes(row('0.0.0.0:37023->6443/tcp'), 't', signal))[0]?.apiPort).toBeUndefined()
    expect((await listNodes(row(''), 't', signal))[0]?.apiPort).toBeUndefined()
  })

  it('finds none', async () => {
    expect(await listNodes(ps(), 't', signal)).toEqual([])
  })
})

describe('removeNodes', () => {
  it('removes running and stopped containers with their anonymous volumes', async () => {
    const runner = ps(['t-control-plane', 'control-plane', 'running'], ['t-worker', 'worker', 'exited'])
    expect(await removeNodes(runner, env, signal)).toBe(2)
    expect(changes(runner)).toEqual(['docker rm --force --volumes t-control-plane', 'docker rm --force --volumes t-worker'])
  })

  it('has nothing to do when there is none', async () => {
    const runner = ps()
    expect(await removeNodes(runner, env, signal)).toBe(0)
    expect(changes(runner)).toEqual([])
  })
})

describe('startNodes', () => {
  it('leaves running containers alone', async () => {
    const runner = ps(['t-control-plane', 'control-plane', 'running'])
    expect(await startNodes(runner, env, signal)).toBe(0)
    expect(changes(runner)).toEqual([])
  })

  it('starts stopped ones and goes on with paused ones, which Docker refuses to start', async () => {
    const runner = ps(
      ['t-control-plane', 'control-plane', 'paused'],
      ['t-worker', 'worker', 'exited'],
      ['t-worker2', 'worker', 'created'],
      ['t-worker3', 'worker', 'running'],
    )
    expect(await startNodes(runner, env, signal)).toBe(3)
    expect(changes(runner)).toEqual(['docker unpause t-control-plane', 'docker start t-worker t-worker2'])
  })
})

describe('stopNodes', () => {
  it('stops those that run', async () => {
    const runner = ps(['t-control-plane', 'control-plane', 'running'], ['t-worker', 'worker', 'exited'])
    expect(await stopNodes(runner, env, signal)).toBe(1)
    expect(changes(runner)).toEqual(['docker stop t-control-plane'])
  })
})
