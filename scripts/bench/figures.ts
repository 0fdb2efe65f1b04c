import type { Figure } from './figure.ts'
import { allLabs } from './figures/all-labs.ts'
import { bundle } from './figures/bundle.ts'
import { coldBuild } from './figures/cold-build.ts'
import { down } from './figures/down.ts'
import { labs } from './figures/labs.ts'
import { memory } from './figures/memory.ts'
import { nfsPath } from './figures/nfs-path.ts'
import { nodeImage } from './figures/node-image.ts'
import { rebuild } from './figures/rebuild.ts'
import { sources } from './figures/sources.ts'
import { upAgain } from './figures/up-again.ts'
import { upTime } from './figures/up-time.ts'

/** In this order they are measured, and stand in the table. `down` comes last: it counts what the others remove. */
export const FIGURES: readonly Figure[] = [
  rebuild,
  nodeImage,
  upTime,
  upAgain,
  labs,
  memory,
  down,
  coldBuild,
  allLabs,
  sources,
  bundle,
  nfsPath,
]
