import type { Figure, Row } from '../figure.ts'
import { seconds } from '../measure.ts'
import type { Workbench } from '../workbench.ts'

const LABS = ['redis-persistence', 'redis-replication']

export const labs: Figure = {
  name: 'labs',
  method: `\`statelab run ${LABS.join(' ')}\`, start, solution, checks and reset of both, and \`statelab reset\` of a lab that was solved.`,
  async measure(bench) {
    await bench.ensureUp()
    const runs: number[] = []
    for (let run = 0; run < bench.runs; run++) runs.push(await seconds(() => bench.statelab('run', ...LABS)))
    const rows: Row[] = [{ what: `\`run ${LABS.join(' ')}\``, unit: 's', samples: runs, target: { atMost: 45 } }]
    for (const lab of LABS) {
      rows.push({ what: `\`reset ${lab}\``, unit: 's', samples: await resets(bench, lab), target: { atMost: 8 } })
    }
    return rows
  },
}

async function resets(bench: Workbench, lab: string): Promise<number[]> {
  const times: number[] = []
  for (let run = 0; run < bench.runs; run++) {
    await bench.statelab('start', lab)
    await bench.statelab('solve', lab)
    times.push(await seconds(() => bench.statelab('reset', lab)))
  }
  return times
}
