import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ProcessOutput } from 'zx'
import type { RunReport } from '../../runner/result.ts'
import type { Figure } from '../figure.ts'
import { seconds } from '../measure.ts'
import type { Workbench } from '../workbench.ts'

const PARALLEL = '4'

export const allLabs: Figure = {
  name: 'all-labs',
  method: `\`statelab run --all\`, one lab after another and with \`--parallel ${PARALLEL}\`, in the same environment: start, solution, checks and removal of every lab. Verdicts are compared lab by lab. Once each: it takes a quarter of an hour.`,
  onlyWhenNamed: true,
  async measure(bench) {
    await bench.ensureUp()
    const serial = await runAll(bench)
    const parallel = await runAll(bench, '--parallel', PARALLEL)
    const different = serial.verdicts.filter((verdict, index) => verdict !== parallel.verdicts[index])
    return [
      { what: '`run --all`', unit: 'min', samples: [serial.took / 60], target: { atMost: 25 } },
      {
        what: `\`run --all --parallel ${PARALLEL}\` / \`run --all\``,
        unit: 'ratio',
        samples: [parallel.took / serial.took],
        target: { atMost: 0.5 },
      },
      { what: 'labs with another verdict', unit: 'count', samples: [different.length], target: { atMost: 0, judged: 'max' } },
      { what: 'labs that did not pass', unit: 'count', samples: [serial.failed], target: { atMost: 0, judged: 'max' } },
    ]
  },
}

async function runAll(
  bench: Workbench,
  ...flags: string[]
): Promise<{ readonly took: number; readonly failed: number; readonly verdicts: readonly string[] }> {
  const file = join(bench.folder, 'report.json')
  const took = await seconds(() => bench.statelab('run', '--all', ...flags, '--report', `json=${file}`).catch(redIsAnAnswer))
  const { labs, failed } = JSON.parse(await readFile(file, 'utf8')) as RunReport
  return { took, failed, verdicts: labs.map(({ id, status }) => `${id} ${status}`) }
}

/** A lab that does not pass is counted; the bench goes on. */
function redIsAnAnswer(error: unknown): void {
  if (!(error instanceof ProcessOutput && error.exitCode === 1)) throw error
}
