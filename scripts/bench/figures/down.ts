import type { Figure } from '../figure.ts'

export const down: Figure = {
  name: 'down',
  method: '`statelab down` of a working environment. What the other figures remove is counted; the rest is made for it.',
  async measure(bench) {
    if (bench.downs.length > 0) await bench.remove()
    while (bench.downs.length < bench.runs) {
      await bench.ensureUp()
      await bench.remove()
    }
    return [{ what: '`down`', unit: 's', samples: bench.downs, target: { atMost: 15 } }]
  },
}
