import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type UpPlan, upPlan } from '../../../scripts/provision/up-plan.ts'
import { runSteps, Skipped, type Step } from '../../../scripts/steps/run-steps.ts'
import { FakeRunner, failing } from '../../helpers/fake-runner.ts'
import { temporaryEnvironment } from '../../helpers/temporary-environment.ts'

let temporary: Awaited<ReturnType<typeof temporaryEnvironment>>
beforeEach(async () => {
  temporary = await temporaryEnvironment('t')
})
afterEach(() => temporary[Symbol.asyncDispose]())

const ROOT = join(import.meta.dirname, '..', '..', '..')
const { signal } = new AbortController()

function plan(runner: FakeRunner, changes: Partial<UpPlan> = {}): Step[] {
  const provision = {
    source: 'packages' as const,
    nodeImage: 'node:1',
    nfsServerImage: 'nfs:1',
    provisionerImage: 'p:1',
    kind: '/cache/kind',
    kubernetes: 'v1.36.3',
  }
  return upPlan(temporary.env, {
    runner,
    root: ROOT,
    signal,
    emit: () => {},
    provision,
    nodes: 3,
    cgroupVersion: 2,
    clusterExists: false,
    ...changes,
  })
}

const step = (steps: readonly Step[], id: string): Step => {
  const found = steps.find((each) => each.id === id)
  if (!found) throw new Error(`there is no step ${id}`)
  return found
}

/** All that a step waits for, directly and through others. */
function needsOf(steps: readonly Step[], id: string): string[] {
  const direct = step(steps, id).needs ?? []
  return [...new Set([...direct, ...direct.flatMap((each) => needsOf(steps, each))])].sort()
}

const context = { signal, progress: () => {} }

describe('upPlan', () => {
  it.each([
    ['nfs', ['network'], 'while kind works'],
    ['provisioner', ['api', 'network', 'nfs'], 'before the other nodes have joined'],
    ['storage', ['api', 'network', 'nfs', 'provisioner'], 'before the other nodes have joined'],
    ['metrics-server', ['api', 'network', 'nfs', 'provisioner', 'storage'], 'so that it takes no time from the proof'],
    ['pod-network', ['api', 'network'], 'before kubeadm has ended'],
    ['nodes', ['api', 'cluster', 'network', 'pod-network'], 'whatever the storage does'],
    [
      'complete',
      [
        'api',
        'cluster',
        'metrics-server',
        'network',
        'nfs',
        'nodes',
        'pod-network',
        'provisioner',
        'provisioner-available',
        'storage',
      ],
      'when everything works',
    ],
  ])('starts the step %s after %j only: %s', (id, needs) => {
    expect(needsOf(plan(new FakeRunner()), id)).toEqual(needs)
  })

  it('can be run: no step is missing, none waits for itself', async () => {
    const idle = plan(new FakeRunner()).map((each): Step => ({ ...each, run: async () => undefined }))
    await expect(runSteps(idle, { signal, emit: () => {} })).resolves.toBeUndefined()
  })

  it('creates the cluster of that image and as many nodes', async () => {
    const runner = new FakeRunner()
    const steps = plan(runner)
    expect(step(steps, 'cluster').title).toBe('Create the cluster: Kubernetes v1.36.3, 3 nodes')
    await step(steps, 'cluster').run(context)
    expect(runner.commands[0]).toMatch(/^\/cache\/kind create cluster --name t /)
    expect(runner.calls[0]?.options.input?.match(/image: node:1/g)).toHaveLength(3)
  })

  it('starts the nodes that are there, and says when they run already', async () => {
    const states = ['exited', 'running']
    const runner = new FakeRunner((command) =>
      command.startsWith('docker ps') ? `t-control-plane\tcontrol-plane\t${states.shift()}\tnode:1` : '',
    )
    const cluster = step(plan(runner, { clusterExists: true }), 'cluster')
    expect(cluster.title).toBe('Start the nodes')
    expect(await cluster.run(context)).toBe('1 started')
    expect(await cluster.run(context)).toBeInstanceOf(Skipped)
  })

  it.each([
    ['when kind has begun with the control plane', ' • Starting control-plane 🕹️  ...'],
    ['when kind has ended, whatever its words', 'all done'],
  ])('asks for the API %s', async (_, line) => {
    const asked = new AbortController()
    const runner = new FakeRunner((command, { onLine }) => {
      onLine?.(line)
      if (command.includes('get kubeconfig')) asked.abort(new Error('it was asked for'))
      return command.includes('get kubeconfig') ? failing('not yet') : ''
    })
    const steps = plan(runner)
    const api = step(steps, 'api').run({ ...context, signal: asked.signal })
    await step(steps, 'cluster').run(context)
    await expect(api).rejects.toThrow('it was asked for')
  })

  it('does not ask for the API before, and ends when it is interrupted', async () => {
    const runner = new FakeRunner()
    const controller = new AbortController()
    const api = step(plan(runner), 'api').run({ ...context, signal: controller.signal })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(runner.calls).toEqual([])
    controller.abort(new Error('enough'))
    await expect(api).rejects.toThrow('enough')
  })
})
