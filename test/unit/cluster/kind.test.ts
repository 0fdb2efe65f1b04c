import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCluster, fetchKubeconfig } from '../../../scripts/cluster/kind.ts'
import { type Answer, FakeRunner, failing } from '../../helpers/fake-runner.ts'
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

describe('fetchKubeconfig', () => {
  const CONFIG = 'apiVersion: v1\nkind: Config'

  it('waits until the control plane has its credentials, and keeps them to their owner', async () => {
    const { env } = temporary
    const answers: Answer[] = [failing('could not find admin.conf'), failing('could not find admin.conf'), CONFIG]
    const given = options(new FakeRunner(() => answers.shift()))
    await fetchKubeconfig(env, given)
    expect(await readFile(env.kubeconfig, 'utf8')).toBe(`${CONFIG}\n`)
    expect((await stat(env.kubeconfig)).mode & 0o777).toBe(0o600)
    expect(given.lines).toEqual(['kubeadm has not written its credentials yet'])
  })

  it('takes rights away from a file that was there with more', async () => {
    const { env } = temporary
    await mkdir(env.folder, { recursive: true })
    await writeFile(env.kubeconfig, 'old', { mode: 0o644 })
    await fetchKubeconfig(env, options(new FakeRunner(() => CONFIG)))
    expect((await stat(env.kubeconfig)).mode & 0o777).toBe(0o600)
    expect(await readFile(env.kubeconfig, 'utf8')).toBe(`${CONFIG}\n`)
  })

  it('ends with the reason when it is interrupted', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const runner = new FakeRunner(() => {
      controller.abort(reason)
      return failing('not yet')
    })
    await expect(fetchKubeconfig(temporary.env, options(runner, controller.signal))).rejects.toBe(reason)
  })
})
