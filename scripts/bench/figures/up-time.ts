import { kindBaseline, scriptBaseline } from '../baselines.ts'
import type { Figure } from '../figure.ts'
import { type Arm, alternate, pairRatios } from '../measure.ts'
import type { UpTimes } from '../workbench.ts'

export const upTime: Figure = {
  name: 'up-time',
  method:
    '`statelab up` with the images built, from the start of its process, in turns with `kind create cluster --wait 5m` (same node image, node count and configuration, network made before) and with [baseline.sh](../scripts/bench/baseline.sh), which makes the same things by hand one after another. Ratios are taken pair by pair. "Fsynced" is the end of the step `storage`; the script ends there as well, kind makes no storage.',
  async measure(bench) {
    const [kind, script] = [await kindBaseline(bench), await scriptBaseline(bench)]
    const ups: UpTimes[] = []
    const up: Arm = {
      run: async () => void ups.push(await bench.up()),
      remove: () => bench.remove(),
    }
    const told = (arm: Arm, tell: () => string): Arm => ({
      run: () => arm.run().then(() => bench.say(tell())),
      remove: () => arm.remove(),
    })
    const arms = [
      told(up, () => `up: fsynced after ${ups.at(-1)?.fsynced.toFixed(1)} s, end after ${ups.at(-1)?.end.toFixed(1)} s`),
      told(kind, () => `kind create cluster: ${kind.times.at(-1)?.toFixed(1)} s`),
      told(script, () => `baseline.sh: ${script.times.at(-1)?.toFixed(1)} s`),
    ]
    await alternate(arms, bench.runs)

    const fsynced = ups.map((times) => times.fsynced)
    return [
      { what: '`up` until a Pod has fsynced a file', unit: 's', samples: fsynced },
      { what: '`up` to its end', unit: 's', samples: ups.map(({ end }) => end) },
      { what: '`kind create cluster --wait 5m`', unit: 's', samples: kind.times },
      { what: 'hand-written script until a Pod has fsynced a file', unit: 's', samples: script.times },
      {
        what: '`up` until fsynced / `kind create cluster`',
        unit: 'ratio',
        samples: pairRatios(fsynced, kind.times),
        target: { atMost: 1.15 },
      },
      {
        what: '`up` until fsynced / hand-written script',
        unit: 'ratio',
        samples: pairRatios(fsynced, script.times),
        target: { atMost: 0.9 },
      },
    ]
  },
}
