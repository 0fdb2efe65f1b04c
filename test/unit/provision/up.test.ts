import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../../scripts/environment.ts'
import { exitCodeOf, prerequisiteMissing, StatelabError } from '../../../scripts/errors.ts'
import type { ProgressEvent } from '../../../scripts/events.ts'
import type { ImageSource, Provision } from '../../../scripts/images/source.ts'
import { lockEnvironment } from '../../../scripts/provision/lock.ts'
import type { ClusterState, EnvironmentStatus } from '../../../scripts/provision/read-status.ts'
import { up, type UpOptions, type UpParts } from '../../../scripts/provision/up.ts'
import type { UpPlan } from '../../../scripts/provision/up-plan.ts'
import type { Step } from '../../../scripts/steps/run-steps.ts'
import { FakeRunner, failing } from '../../helpers/fake-runner.ts'
import { temporaryEnvironment } from '../../helpers/temporary-environment.ts'

let temporary: Awaited<ReturnType<typeof temporaryEnvironment>>
let env: Environment
beforeEach(async () => {
  temporary = await temporaryEnvironment('t')
  env = temporary.env
})
afterEach(() => temporary[Symbol.asyncDispose]())

const PROVISION: Provision = {
  source: 'packages',
  nodeImage: 'node:1',
  nfsServerImage: 'nfs:1',
  provisionerImage: 'provisioner:1',
  kind: '/kind',
  kubernetes: 'v1.36.3',
}

function status(
  cluster: ClusterState,
  changes: { nfs?: 'absent' | 'running'; provisioner?: 'running' | 'unavailable'; kubernetes?: string } = {},
): EnvironmentStatus {
  const { nfs = 'running', provisioner = 'running', kubernetes = 'v1.36.3' } = changes
  return {
    name: 't',
    cluster: { state: cluster, nodes: 2, kubernetes, kubeconfig: '/k' },
    nfs: { state: nfs, server: '10.213.0.10', export: '/export' },
    provisioner: { state: provisioner, version: 'v4' },
    metricsServer: { state: 'running', version: 'v0' },
  }
}

const HEALTHY = status('running')
const ABSENT = status('absent', { nfs: 'absent', kubernetes: '' })
const NODES = [
  't-control-plane\tcontrol-plane\texited\tnode:1',
  't-worker\tworker\texited\tnode:1',
  't-worker2\tworker\texited\tnode:1',
]

interface World {
  /** What is there at first; afterwards all is well. */
  readonly before: EnvironmentStatus
  /** The nodes' containers, as `docker ps` prints them. */
  readonly containers?: readonly string[]
  readonly hasKubelet?: boolean
  /** The source that the network is labelled with. */
  readonly label?: string
  /** The work of the plan's one step. */
  readonly work?: Step['run']
  readonly remove?: (signal: AbortSignal) => Promise<void>
}

/** An `up` whose parts only note what they were asked for. */
function world({
  before,
  containers = [],
  hasKubelet = true,
  label = 'packages',
  work = async () => 'made',
  remove = async () => {},
}: World) {
  const did: string[] = []
  const plans: UpPlan[] = []
  const events: ProgressEvent[] = []
  let present = containers
  const runner = new FakeRunner((command) => {
    if (command.startsWith('docker ps')) return present.join('\n')
    if (command.startsWith('docker info')) return '1'
    if (command.startsWith('docker network inspect')) return label
    if (command.startsWith('docker cp')) return hasKubelet ? 'tar' : failing('Could not find the file')
    return failing(`nobody expected ${command}`)
  })
  const source: ImageSource = {
    name: 'packages',
    probe: async () => ({ usable: true, why: '' }),
    provide: async () => {
      did.push('provide')
      return PROVISION
    },
    records: async () => [],
  }
  let reads = 0
  const parts: UpParts = {
    readStatus: async () => (reads++ === 0 ? before : HEALTHY),
    plan: (_, plan) => {
      did.push('plan')
      plans.push(plan)
      return [{ id: 'work', title: 'Work', run: work }]
    },
    remove: async (_, { signal }) => {
      did.push('remove')
      await remove(signal)
      present = []
    },
  }
  const run = (changes: Partial<UpOptions> = {}) =>
    up(
      env,
      {
        runner,
        root: '/root',
        signal: new AbortController().signal,
        emit: (event) => events.push(event),
        source: async () => source,
        ...changes,
      },
      parts,
    )
  const warnings = (): string[] =>
    events.flatMap((event) => (event.type === 'note' && event.level === 'warning' ? [event.text] : []))
  return { run, did, plans, runner, warnings }
}

const fails =
  (error: unknown): Step['run'] =>
  () =>
    Promise.reject(error)

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error,
  )
}

describe('up', () => {
  it('leaves a healthy environment alone: no images are asked for, nothing is run', async () => {
    const { run, did, runner } = world({ before: HEALTHY })
    expect(await run()).toBe(HEALTHY)
    expect([did, runner.commands]).toEqual([[], []])
  })

  it('refuses a healthy one that was made from another source than the one asked for', async () => {
    const { run, did } = world({ before: HEALTHY, label: 'registry' })
    const error = await failure(run({ madeFrom: 'packages' }))
    expect(exitCodeOf(error)).toBe(2)
    expect(error).toMatchObject({ message: expect.stringContaining('the environment was made from registry') })
    expect(did).toEqual([])
    expect(await run({ madeFrom: 'mirror' })).toBe(HEALTHY)
  })

  it('makes one where there is none, with two nodes, for the host’s cgroups', async () => {
    const { run, did, plans } = world({ before: ABSENT })
    expect(await run()).toBe(HEALTHY)
    expect(did).toEqual(['provide', 'plan'])
    expect(plans[0]).toMatchObject({ provision: PROVISION, nodes: 2, cgroupVersion: 1, clusterExists: false })
  })

  it('makes as many nodes as are asked for', async () => {
    const { run, plans } = world({ before: ABSENT })
    await run({ nodes: 4 })
    expect(plans[0]?.nodes).toBe(4)
  })

  it('replaces what an `up` that was killed has left, saying so', async () => {
    const { run, did, plans, warnings } = world({ before: status('unfinished'), containers: NODES })
    await run()
    expect(did).toEqual(['provide', 'remove', 'plan'])
    expect(plans[0]).toMatchObject({ clusterExists: false, nodes: 2 })
    expect(warnings()).toEqual(['t was never finished: it is made anew'])
  })

  it.each(['stopped', 'unreachable'] as const)('starts what is %s, with the nodes that it has', async (state) => {
    const { run, did, plans, runner, warnings } = world({ before: status(state, { kubernetes: '' }), containers: NODES })
    await run({ nodes: 2 })
    expect(did).toEqual(['provide', 'plan'])
    expect(plans[0]).toMatchObject({ clusterExists: true, nodes: 3 })
    expect(runner.commands).toContain('docker cp t-control-plane:/var/lib/kubelet/kubeadm-flags.env -')
    expect(warnings()).toEqual([])
  })

  it.each(['stopped', 'unreachable'] as const)('replaces what is %s and was never set up by kubeadm', async (state) => {
    const { run, did } = world({ before: status(state), containers: NODES, hasKubelet: false })
    await run()
    expect(did).toEqual(['provide', 'remove', 'plan'])
  })

  it('replaces workers without a control plane', async () => {
    const { run, did, plans } = world({ before: status('stopped'), containers: NODES.slice(1) })
    await run()
    expect(did).toEqual(['provide', 'remove', 'plan'])
    expect(plans[0]?.clusterExists).toBe(false)
  })

  it.each([status('degraded'), status('running', { nfs: 'absent' }), status('running', { provisioner: 'unavailable' })])(
    'mends what runs and is not well: %j',
    async (before) => {
      const { run, did, plans } = world({ before, containers: NODES })
      await run()
      expect(did).toEqual(['provide', 'plan'])
      expect(plans[0]?.clusterExists).toBe(true)
    },
  )

  it.each<readonly [string, World, string | undefined]>([
    ['is not there', { before: ABSENT }, undefined],
    ['was never finished', { before: status('unfinished'), containers: NODES, label: 'registry' }, undefined],
    ['has no kubelet yet', { before: status('stopped'), containers: NODES, hasKubelet: false, label: 'registry' }, undefined],
    ['is stopped', { before: status('stopped'), containers: NODES, label: 'registry' }, 'registry'],
    ['lacks its NFS server', { before: status('running', { nfs: 'absent' }), containers: NODES, label: 'bundle' }, 'bundle'],
    ['is older than the label', { before: status('stopped'), containers: NODES, label: '<no value>' }, 'packages'],
  ])('tells for images of what an environment that %s was made', async (_, start, expected) => {
    const asked: (string | undefined)[] = []
    const { run } = world(start)
    const ask = (madeFrom: string | undefined): never => {
      asked.push(madeFrom)
      throw prerequisiteMissing('enough', 'nothing')
    }
    await failure(run({ source: async (madeFrom) => ask(madeFrom) }))
    expect(asked).toEqual([expected])
  })

  it('touches nothing when there are no images', async () => {
    const { run, did } = world({ before: status('unfinished'), containers: NODES })
    const refusal = prerequisiteMissing('no image source can be used here', 'statelab doctor')
    expect(await failure(run({ source: () => Promise.reject(refusal) }))).toBe(refusal)
    expect(did).toEqual([])
  })
})

describe('an `up` that fails', () => {
  const broken = new StatelabError('command-failed', 'kind exited with 1', { fix: 'free port 6443' })

  it('removes what it had begun, and says so beside the failure', async () => {
    const { run, did } = world({ before: ABSENT, work: fails(broken) })
    const error = await failure(run())
    expect(did).toEqual(['provide', 'plan', 'remove'])
    expect(error).toMatchObject({
      code: 'command-failed',
      message: 'kind exited with 1\nNothing of the environment t is left.',
      fix: 'free port 6443',
      cause: broken,
    })
  })

  it('says when removing failed as well, and keeps the first failure', async () => {
    const { run } = world({ before: ABSENT, work: fails(broken), remove: () => Promise.reject(new Error('Docker hangs')) })
    expect(await failure(run())).toMatchObject({
      message: 'kind exited with 1\nCleaning up failed as well: Docker hangs',
      cause: broken,
    })
  })

  it('keeps an environment that was there before, and says so', async () => {
    const { run, did } = world({ before: status('stopped'), containers: NODES, work: fails(broken) })
    expect(await failure(run())).toMatchObject({
      message: 'kind exited with 1\nThe environment t was kept as it is.',
      fix: 'free port 6443',
    })
    expect(did).not.toContain('remove')
  })

  it('shows where to look when the failure has no advice of its own', async () => {
    const plain = new StatelabError('timed-out', 'node is not Ready')
    const { run } = world({ before: status('degraded'), containers: NODES, work: fails(plain) })
    expect(await failure(run())).toMatchObject({ fix: 'statelab logs --name t   # or begin anew: statelab down --name t' })
  })

  it('tidies up after an interruption too, under a deadline of its own', async () => {
    const controller = new AbortController()
    const reason = new StatelabError('interrupted', 'interrupted by SIGINT')
    let usable: boolean | undefined
    const { run, did } = world({
      before: ABSENT,
      work: async ({ signal }) => {
        controller.abort(reason)
        throw signal.reason
      },
      remove: async (signal) => {
        usable = !signal.aborted
      },
    })
    const error = await failure(run({ signal: controller.signal }))
    expect(did.at(-1)).toBe('remove')
    expect(usable).toBe(true)
    expect(error).toMatchObject({ message: 'interrupted by SIGINT\nNothing of the environment t is left.', cause: reason })
    expect(exitCodeOf(error)).toBe(130)
  })

  it('tells the first of several failures, and keeps them all', async () => {
    const all = new AggregateError([broken, new Error('and the container stayed')], broken.message)
    const { run } = world({ before: ABSENT, work: fails(all) })
    expect(await failure(run())).toMatchObject({
      code: 'command-failed',
      message: expect.stringMatching(/^kind exited with 1\nNothing/),
      cause: all,
    })
  })

  it('removes what it had begun after a defect of the tool as well, and hands the defect on', async () => {
    const defect = new TypeError('x is undefined')
    const { run, did } = world({ before: ABSENT, work: fails(defect) })
    expect(await failure(run())).toBe(defect)
    expect(did.at(-1)).toBe('remove')
  })
})

describe('the Kubernetes version', () => {
  it('must be that of an environment that is there, also a healthy one', async () => {
    const { run, did, runner } = world({ before: HEALTHY })
    const error = await failure(run({ kubernetes: 'v1.36.1' }))
    expect(exitCodeOf(error)).toBe(2)
    expect(error).toMatchObject({
      message: 'environment t runs Kubernetes v1.36.3, not v1.36.1',
      fix: expect.stringContaining('statelab down --name t'),
    })
    expect([did, runner.commands]).toEqual([[], []])
  })

  it.each([HEALTHY, ABSENT, status('unfinished', { kubernetes: 'v1.36.1' }), status('stopped', { kubernetes: '' })])(
    'may be asked for with %j',
    async (before) => {
      await expect(world({ before, containers: before === ABSENT ? [] : NODES }).run({ kubernetes: 'v1.36.3' })).resolves.toBe(
        HEALTHY,
      )
    },
  )
})

describe('two at once', () => {
  it('are refused: nothing is read or run while another holds the environment', async () => {
    await using _lock = await lockEnvironment(env)
    const { run, did, runner } = world({ before: ABSENT })
    const error = await failure(run())
    expect(error).toMatchObject({
      code: 'operation-failed',
      message: `another statelab (process ${process.pid}) is working on t`,
    })
    expect([did, runner.commands]).toEqual([[], []])
  })

  it('may follow each other, also after a failure', async () => {
    const lock = join(env.folder, '..', 't.lock')
    let held = false
    await failure(
      world({
        before: ABSENT,
        work: async () => {
          held = existsSync(lock)
          throw new Error('no')
        },
      }).run(),
    )
    expect([held, existsSync(lock)]).toEqual([true, false])
    await expect(world({ before: ABSENT }).run()).resolves.toBe(HEALTHY)
  })
})
