import { createPackagesSource } from '../../images/packages/packages-source.ts'
import { execaRunner } from '../../process/execa-runner.ts'
import type { CommandRunner } from '../../process/command-runner.ts'
import { coldProject } from '../cold-project.ts'
import type { Figure } from '../figure.ts'
import { seconds } from '../measure.ts'
import { watchPeakMemory } from '../peak-memory.ts'
import { receivedBytes } from '../received-bytes.ts'
import type { Workbench } from '../workbench.ts'

export const coldBuild: Figure = {
  name: 'cold-build',
  onlyWhenNamed: true,
  method:
    'Every image from nothing, once: no Go build cache, no program, no image of it there; the Go modules as they are on the machine, or downloaded as well with `--fresh-modules`. Memory is the most that was in use on the whole machine beyond what was at the start, page cache not counted; fetched is what its network cards received. Only measured when it is named (`--only cold-build`).',
  async measure(bench) {
    await using project = await coldProject(bench)
    const { root, cacheFolder, goCache } = project
    const runner = withVariables({ GOCACHE: goCache, ...(bench.freshModules && { GOMODCACHE: project.goModules }) })
    const ensurePrograms = async (): Promise<void> => {}
    const source = await createPackagesSource({ runner, root, cacheFolder, platform: process.platform, ensurePrograms })
    using peak = watchPeakMemory()
    const receivedBefore = receivedBytes()
    const took = await seconds(() => source.provide({ signal: bench.signal, emit: teller(bench) }))
    const fetched = receivedBytes() - receivedBefore
    return [
      {
        what: `cold build${bench.freshModules ? ', Go modules downloaded' : ''}`,
        unit: 'min',
        samples: [took / 60],
        target: { atMost: 15 },
      },
      { what: 'peak memory of it', unit: 'MiB', samples: [peak.bytes / 2 ** 20], target: { atMost: 8_192 } },
      { what: `fetched by it${bench.freshModules ? '' : ', without Go modules'}`, unit: 'GB', samples: [fetched / 1e9] },
    ]
  },
}

function withVariables(variables: Readonly<Record<string, string>>): CommandRunner {
  return { run: (file, args, options = {}) => execaRunner.run(file, args, { ...options, env: { ...options.env, ...variables } }) }
}

/** Minutes pass: which step has ended, and how long it took. */
function teller(bench: Workbench): Parameters<Awaited<ReturnType<typeof createPackagesSource>>['provide']>[0]['emit'] {
  return (event) => {
    if (event.type === 'step-finished') bench.say(`${event.outcome} ${event.id} after ${Math.round(event.durationMs / 1_000)} s`)
  }
}
