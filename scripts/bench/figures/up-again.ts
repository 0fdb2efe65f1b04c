import { countRequests } from '../count-requests.ts'
import type { Figure } from '../figure.ts'
import { seconds } from '../measure.ts'

export const upAgain: Figure = {
  name: 'up-again',
  method:
    '`statelab up` on a healthy environment. For the number of writes it runs once more through a proxy that stands before the API server and counts every request that is no GET.',
  async measure(bench) {
    await bench.ensureUp()
    const times: number[] = []
    const writes: number[] = []
    for (let run = 0; run < bench.runs; run++) {
      times.push(await seconds(() => bench.statelab('up')))
      await using counted = await countRequests(bench.env.kubeconfig)
      await bench.statelab('up')
      await counted.assertUsed()
      writes.push(counted.writes)
    }
    return [
      { what: '`up` on a healthy environment', unit: 's', samples: times, target: { atMost: 5 } },
      { what: 'API writes of it', unit: 'count', samples: writes, target: { atMost: 0, judged: 'max' } },
    ]
  },
}
