import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { seconds } from '../measure.ts'

export const bundle: Figure = {
  name: 'bundle',
  method:
    '`statelab bundle save` with every lab, of images that are built, and `statelab bundle verify` of the file. Only measured when it is named: it takes minutes.',
  onlyWhenNamed: true,
  async measure(bench) {
    const file = join(bench.folder, 'bundle.tar')
    const [saves, verifies, sizes]: [number[], number[], number[]] = [[], [], []]
    for (let run = 0; run < bench.runs; run++) {
      await rm(file, { force: true })
      saves.push(await seconds(() => bench.bundle('save', file)))
      verifies.push(await seconds(() => bench.bundle('verify', file)))
      sizes.push((await stat(file)).size / 1e9)
      bench.say(`save ${saves.at(-1)?.toFixed(1)} s, verify ${verifies.at(-1)?.toFixed(1)} s`)
    }
    return [
      { what: 'size of the bundle', unit: 'GB', samples: sizes, target: { atMost: 0.45, judged: 'max' } },
      { what: '`bundle save`', unit: 's', samples: saves },
      { what: '`bundle verify`', unit: 's', samples: verifies },
    ]
  },
}
