import { bundle } from './bundle.ts'
import { check } from './check.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { down } from './down.ts'
import { env } from './env.ts'
import { hint } from './hint.ts'
import { images } from './images.ts'
import { kubectl } from './kubectl.ts'
import { list } from './list.ts'
import { logs } from './logs.ts'
import { newLab } from './new-lab.ts'
import { pause } from './pause.ts'
import { prove } from './prove.ts'
import { prune } from './prune.ts'
import { report } from './report.ts'
import { reset } from './reset.ts'
import { resume } from './resume.ts'
import { run } from './run.ts'
import { shell } from './shell.ts'
import { solve } from './solve.ts'
import { start } from './start.ts'
import { status } from './status.ts'
import { up } from './up.ts'
import type { Verb } from './verb.ts'

/** In the order that `--help` shows them. */
export const VERBS: readonly Verb[] = [
  demo,
  doctor,
  list,
  start,
  shell,
  check,
  hint,
  solve,
  reset,
  report,
  run,
  newLab,
  prove,
  up,
  down,
  status,
  pause,
  resume,
  prune,
  kubectl,
  env,
  logs,
  images,
  bundle,
]
