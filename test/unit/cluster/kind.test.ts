import { stat } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCluster } from '../../../scripts/cluster/kind.ts'
import { FakeRunner, failing } from '../../helpers/fake-runner.ts'
import { temporaryEnvironment } from '../../helpers/temporary-environment.ts'

let temporary: Awaited<ReturnType<typeof temporaryEnvironment>>
beforeEach(async () => {
  temporary = await temporaryEnvironment()
})
afterEach(() => temporary[Symbol.asyncDispose]())

function options(runner: FakeRunner, signal = new AbortController().signal) {
  const lines: string[] = []
  return { lines, runner, kind: '/cache/kind', signal, progress: (line: string) => void lines.push(line) }
}

describe('createCluster', () => {
  it('gives kind its configuration on stdin, our network and our kubeconfig, and leaves removing to us', async () => {
    const { env } = temporary
    const runner = new FakeRunner()
    await createCluster(env, 'kind: Cluster', options(runner))
    expect(runner.commands).toEqual([`/cache/kind create cluster --name t --config - --kubeconfig ${env.kubeconfig} --retain`])
    expect(runner.calls[0]?.options).toMatchObject({
      input: 'kind: Cluster',
      env: { KIND_EXPERIMENTAL_DOCKER_NETWORK: 'statelab-t' },
    })
    expect((await stat(env.folder)).mode & 0o777).toBe(0o700)
  })

  it('tells what kind says without its ornaments, and nothing of lines that are only that', async () => {
    const runner = new FakeRunner((_, { onLine }) => {
      for (const line of [' • Starting control-plane 🕹️  ...', ' ✓ Joining worker nodes 🚜', '', '   ']) onLine?.(line)
      return ''
    })
    const given = options(runner)
    await createCluster(temporary.env, '', given)
    expect(given.lines).toEqual(['Starting control-plane 🕹️  ...', 'Joining worker nodes 🚜'])
  })

  it('fails with what kind said', async () => {
    const runner = new FakeRunner(() => failing('ERROR: failed to create cluster: port is already allocated'))
    await expect(createCluster(temporary.env, '', options(runner))).rejects.toThrow('port is already allocated')
  })
})
