import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchKubeconfig, leadsToOwnCluster } from '../../../scripts/cluster/kubeconfig.ts'
import type { NodeContainer } from '../../../scripts/cluster/nodes.ts'
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

describe('leadsToOwnCluster', () => {
  const NODES: readonly NodeContainer[] = [
    { name: 't-control-plane', role: 'control-plane', state: 'running', image: 'node:1', apiPort: 37023 },
    { name: 't-worker', role: 'worker', state: 'running', image: 'node:1' },
  ]
  const config = (server: string): string => JSON.stringify({ clusters: [{ name: 'kind-t', cluster: { server } }] })

  it.each([
    ['the port of its own control plane', config('https://127.0.0.1:37023'), true],
    ['another port', config('https://127.0.0.1:6443'), false],
    ['another machine', config('https://10.0.0.1:37023'), false],
    ['no cluster', '{}', false],
    ['nothing', '', false],
    ['what is no YAML', 'clusters: [{', false],
    ['a word', 'kubeconfig', false],
  ])('with a kubeconfig of %s is %s', async (_what, text, own) => {
    const { env } = temporary
    await mkdir(env.folder, { recursive: true })
    await writeFile(env.kubeconfig, text)
    expect(await leadsToOwnCluster(env, NODES)).toBe(own)
  })

  it('is false without a kubeconfig, and without a control plane that runs', async () => {
    const { env } = temporary
    expect(await leadsToOwnCluster(env, NODES)).toBe(false)
    await mkdir(env.folder, { recursive: true })
    await writeFile(env.kubeconfig, config('https://127.0.0.1:37023'))
    expect(await leadsToOwnCluster(env, NODES.slice(1))).toBe(false)
  })
})
