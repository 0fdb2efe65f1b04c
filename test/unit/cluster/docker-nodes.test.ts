import { describe, expect, it } from 'vitest'
import { dockerNodes } from '../../../scripts/cluster/docker-nodes.ts'
import { environment } from '../../../scripts/environment.ts'
import { FakeRunner } from '../../helpers/fake-runner.ts'

const env = environment('t')
const { signal } = new AbortController()

/** A cluster of two nodes; a test changes its rows. */
function cluster() {
  const rows = [
    ['t-control-plane', 'control-plane', 'running', 'node:1'],
    ['t-worker', 'worker', 'running', 'node:1'],
  ]
  const runner = new FakeRunner((command) => {
    if (command.startsWith('docker ps')) return rows.map((row) => row.join('\t')).join('\n')
    return command.startsWith('docker exec') ? { exitCode: 3, stdout: 'said' } : ''
  })
  const asked = () => runner.commands.filter((command) => command.startsWith('docker ps')).length
  const done = () => runner.commands.filter((command) => !command.startsWith('docker ps'))
  return { rows, nodes: dockerNodes(runner, env), asked, done }
}

describe('run', () => {
  it('runs a program in the container of the node, and takes its exit code for a result', async () => {
    const { nodes, done } = cluster()
    expect(await nodes.run('t-worker', ['ls', '/data'], signal)).toMatchObject({ exitCode: 3, stdout: 'said' })
    expect(done()).toEqual(['docker exec t-worker ls /data'])
  })

  it('asks Docker once which nodes there are', async () => {
    const { nodes, asked, done } = cluster()
    for (const node of ['t-worker', 't-control-plane', 't-worker']) await nodes.run(node, ['true'], signal)
    expect(asked()).toBe(1)
    expect(done()).toHaveLength(3)
  })

  it('takes what it has listed for known', async () => {
    const { nodes, asked } = cluster()
    await nodes.list(signal)
    await nodes.run('t-worker', ['true'], signal)
    expect(asked()).toBe(1)
  })

  it('asks again for a node that it does not know: it may have been made since', async () => {
    const { rows, nodes, done } = cluster()
    await nodes.run('t-worker', ['true'], signal)
    rows.push(['t-worker2', 'worker', 'running', 'node:1'])
    await nodes.run('t-worker2', ['true'], signal)
    expect(done().at(-1)).toBe('docker exec t-worker2 true')
  })

  it('forgets a node that is not listed any more', async () => {
    const { rows, nodes, done } = cluster()
    await nodes.run('t-worker', ['true'], signal)
    rows.pop()
    await nodes.list(signal)
    await expect(nodes.run('t-worker', ['true'], signal)).rejects.toMatchObject({ code: 'not-found' })
    expect(done()).toHaveLength(1)
  })
})

describe('a container that is no node of the environment', () => {
  it.each(['run', 'stop', 'start'] as const)('is refused by %s, also once the nodes are known', async (verb) => {
    const { nodes, done } = cluster()
    await nodes.list(signal)
    const tried = verb === 'run' ? nodes.run('database', ['true'], signal) : nodes[verb]('database', signal)
    await expect(tried).rejects.toMatchObject({
      code: 'not-found',
      message: 'environment t has no node "database"',
      fix: 'its nodes: t-control-plane, t-worker',
    })
    expect(done()).toEqual([])
  })
})

describe('stop', () => {
  it('cuts the power: nothing on the node can say goodbye', async () => {
    const { nodes, done } = cluster()
    await nodes.stop('t-worker', signal)
    expect(done()).toEqual(['docker kill t-worker'])
  })

  it('leaves a node that is off as it is, though it was on when it was last looked at', async () => {
    const { rows, nodes, done } = cluster()
    await nodes.list(signal)
    rows.splice(1, 1, ['t-worker', 'worker', 'exited', 'node:1'])
    await nodes.stop('t-worker', signal)
    expect(done()).toEqual([])
  })
})
