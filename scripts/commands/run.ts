import { nearestTo } from '../catalog/find-lab.ts'
import type { Lab } from '../catalog/lab.ts'
import { badInput } from '../errors.ts'
import { loadLabs, loadNamedLabs } from './labs.ts'
import { addReportFlag } from './report-files.ts'
import { reportWork } from './report-work.ts'
import type { Session } from './session.ts'
import type { Input, Verb } from './verb.ts'

export const run: Verb = {
  usage: 'run [lab...]',
  group: 'group.labs',
  summary: 'help.run',
  tellsLog: true,
  examples: [
    'statelab run redis-persistence redis-replication',
    'statelab run --track redis --parallel 2',
    'statelab run --all --report junit=report.xml --report html=report.html',
  ],
  configure: (command, t) =>
    addReportFlag(
      command
        .option('--all', t('flag.all'))
        .option('--track <track>', t('flag.track'))
        .option('--parallel <n>', t('flag.parallel'))
        .option('--fail-fast', t('flag.failFast')),
      t,
    ),
  run: async (session, input) => {
    const options = { parallel: parallelOf(session, input), failFast: input.options.failFast === true }
    const labs = await chosenLabs(session, input)
    return reportWork(session, input, { labs }, (work) =>
      session.engine.runLabs(session.settings.environment, labs, work, options),
    )
  },
}

/** More would not even find room on the nodes. */
const MOST = 64

function parallelOf({ t }: Session, { options }: Input): number {
  const value = options.parallel === undefined ? '1' : String(options.parallel)
  const parallel = /^\d+$/.test(value) ? Number(value) : 0
  if (parallel >= 1 && parallel <= MOST) return parallel
  throw badInput(
    t('error.unknownValue', { origin: '--parallel', value: JSON.stringify(value) }),
    t('error.parallel.fix', { most: MOST }),
  )
}

async function chosenLabs(session: Session, { args, options }: Input): Promise<readonly Lab[]> {
  const { t } = session
  const ways = [args.length > 0, options.all === true, options.track !== undefined].filter((given) => given).length
  if (ways > 1) throw badInput(t('error.labsAndAll'), t('error.labsAndAll.fix'))
  if (ways === 0) throw badInput(t('error.noLabs'), t('error.noLabs.fix'))
  if (args.length > 0) return loadNamedLabs(session, args)
  const labs = await loadLabs(session)
  return options.all === true ? labs : labsOfTrack(session, labs, String(options.track))
}

function labsOfTrack({ t }: Session, labs: readonly Lab[], track: string): readonly Lab[] {
  const found = labs.filter((lab) => lab.track === track)
  if (found.length > 0) return found
  const tracks = [...new Set(labs.map((lab) => lab.track))]
  const guess = nearestTo(track, tracks)
  throw badInput(
    t('error.unknownTrack', { track: JSON.stringify(track) }),
    guess === undefined ? t('error.useOneOf', { values: tracks.join(', ') }) : t('error.didYouMean', { guess }),
  )
}
