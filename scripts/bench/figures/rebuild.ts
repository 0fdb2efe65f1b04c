import type { Figure } from '../figure.ts'
import { seconds } from '../measure.ts'

export const rebuild: Figure = {
  name: 'rebuild',
  method: 'All images of the source are asked for again, with nothing changed.',
  async measure(bench) {
    await bench.provision()
    const times: number[] = []
    for (let run = 0; run < bench.runs; run++) times.push(await seconds(() => bench.provision()))
    return [{ what: 'build with nothing changed', unit: 's', samples: times, target: { atMost: 5 } }]
  },
}
