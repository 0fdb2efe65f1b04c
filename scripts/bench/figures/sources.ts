import { prerequisiteMissing } from '../../errors.ts'
import type { Figure, Row } from '../figure.ts'
import { type Arm, alternate, pairRatios } from '../measure.ts'
import type { Workbench } from '../workbench.ts'

export const sources: Figure = {
  name: 'sources',
  method:
    '`statelab up --source NAME` to its end, in turns, with each image source that has everything on this machine already (`registry` is also what a mirror filled: both have the same images). Ratios are taken pair by pair, against the first of them.',
  onlyWhenNamed: true,
  async measure(bench) {
    const ready = await readySources(bench)
    const first = ready[0]
    if (ready.length < 2 || first === undefined) {
      throw prerequisiteMissing(
        `there is nothing to compare: only ${ready.map(({ name }) => name).join() || 'no source'} has everything on this machine`,
        'statelab up --source NAME   # once with each source, then the bench again',
      )
    }
    await alternate(ready.map(armOf(bench)), bench.runs)
    return ready.flatMap((source) => rowsOf(source, first))
  },
}

interface ReadySource {
  readonly name: string
  readonly nodeImageBytes: number
  /** How long each `up` took, in seconds. */
  readonly times: number[]
}

async function readySources(bench: Workbench): Promise<ReadySource[]> {
  const found = await Promise.all(
    (await bench.sources()).map(async (source) => ((await source.isReady?.(bench.signal)) ? source : undefined)),
  )
  const ready = found.filter((source) => source !== undefined)
  return Promise.all(
    ready.map(async (source) => {
      const { nodeImage } = await source.provide({ signal: bench.signal, emit: () => {} })
      const { stdout } = await bench.sh`docker image inspect --format ${'{{.Size}}'} ${nodeImage}`
      return { name: source.name, nodeImageBytes: Number(stdout), times: [] }
    }),
  )
}

function armOf(bench: Workbench): (source: ReadySource) => Arm {
  return ({ name, times }) => ({
    run: async () => {
      const { end } = await bench.up('--source', name)
      times.push(end)
      bench.say(`up --source ${name}: ${end.toFixed(1)} s`)
    },
    remove: () => bench.remove(),
  })
}

function rowsOf({ name, nodeImageBytes, times }: ReadySource, first: ReadySource): Row[] {
  const rows: Row[] = [
    { what: `\`up --source ${name}\``, unit: 's', samples: times },
    { what: `node image of \`${name}\``, unit: 'GB', samples: [nodeImageBytes / 1e9] },
  ]
  if (name === first.name) return rows
  const what = `\`up --source ${name}\` / \`up --source ${first.name}\``
  return [...rows, { what, unit: 'ratio', samples: pairRatios(times, first.times), target: { atMost: 1.05 } }]
}
