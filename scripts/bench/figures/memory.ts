import { setTimeout as delay } from 'node:timers/promises'
import { readMemory } from '../container-memory.ts'
import type { Figure } from '../figure.ts'
import type { Workbench } from '../workbench.ts'

/** What starts with a cluster has come to rest by then. */
const IDLE_MS = 60_000
const MIB = 2 ** 20

export const memory: Figure = {
  name: 'memory',
  method:
    'All containers of an environment that nobody uses, 60 s after `up`. Without page cache: anonymous, shared and kernel memory of their cgroups (v1: `total_rss` + `total_shmem` + `kmem`; v2: `anon` + `shmem` + `kernel`), which cannot be taken back. `docker stats` counts file pages that were used twice as well.',
  async measure(bench) {
    const [unreclaimable, stats]: [number[], number[]] = [[], []]
    for (let run = 0; run < bench.runs; run++) {
      await bench.fresh()
      await delay(IDLE_MS, undefined, { signal: bench.signal })
      const found = await readMemory(bench.signal, await containers(bench))
      unreclaimable.push(found.unreclaimable / MIB)
      stats.push(found.dockerStats / MIB)
    }
    return [
      { what: 'idle environment without page cache', unit: 'MiB', samples: unreclaimable, target: { atMost: 1_536 } },
      { what: 'idle environment by `docker stats`', unit: 'MiB', samples: stats },
    ]
  },
}

async function containers({ sh, env }: Workbench): Promise<string[]> {
  const nodes = await sh`docker ps --quiet --no-trunc --filter label=io.x-k8s.kind.cluster=${env.cluster}`
  const nfs = await sh`docker inspect --format ${'{{.Id}}'} ${env.nfsContainer}`
  return `${nodes.stdout}${nfs.stdout}`.trim().split('\n')
}
