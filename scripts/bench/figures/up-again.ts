import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { countRequests } from '../count-requests.ts'
import type { Figure } from '../figure.ts'
import { seconds } from '../measure.ts'

export const upAgain: Figure = {
  name: 'up-again',
  method:
    '`statelab up` on a healthy environment. For the number of writes it runs once more with every HTTP request that its process sends recorded; those to the API server that are no GET count.',
  async measure(bench) {
    await bench.ensureUp()
    const server = await apiServer(bench.env.kubeconfig)
    const times: number[] = []
    const writes: number[] = []
    for (let run = 0; run < bench.runs; run++) {
      times.push(await seconds(() => bench.statelab('up')))
      const to = { server, file: join(bench.folder, 'requests') }
      const counted = await countRequests(to, (variables) => bench.statelabWith(variables, 'up'))
      writes.push(counted.writes)
    }
    return [
      { what: '`up` on a healthy environment', unit: 's', samples: times, target: { atMost: 5 } },
      { what: 'API writes of it', unit: 'count', samples: writes, target: { atMost: 0, judged: 'max' } },
    ]
  },
}

async function apiServer(kubeconfig: string): Promise<string> {
  const { clusters } = parse(await readFile(kubeconfig, 'utf8')) as { clusters: readonly [{ cluster: { server: string } }] }
  return clusters[0].cluster.server
}
