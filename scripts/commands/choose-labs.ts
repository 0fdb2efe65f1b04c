import type { Command } from 'commander'
import { nearestTo } from '../catalog/find-lab.ts'
import type { Lab } from '../catalog/lab.ts'
import { badInput } from '../errors.ts'
import type { Translate } from '../messages/translate.ts'
import { loadLabs, loadNamedLabs } from './labs.ts'
import type { Session } from './session.ts'
import type { Input } from './verb.ts'

/** Adds the flags that choose labs and say how many are worked on at once. */
export function addLabFlags(command: Command, t: Translate): Command {
  return command
    .option('--all', t('flag.all'))
    .option('--track <track>', t('flag.track'))
    .option('--parallel <n>', t('flag.parallel'))
}

/**
 * The labs that are named, or all, or those of a track.
 * @throws {StatelabError} `bad-input` when none or several of these ways were used, and for what is not there.
 */
export async function chosenLabs(session: Session, { args, options }: Input): Promise<readonly Lab[]> {
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

/** More would not even find room on the nodes. */
const MOST = 64

/** @throws {StatelabError} `bad-input` for anything but a number from 1 to 64. */
export function parallelOf({ t }: Session, { options }: Input): number {
  const value = options.parallel === undefined ? '1' : String(options.parallel)
  const parallel = /^\d+$/.test(value) ? Number(value) : 0
  if (parallel >= 1 && parallel <= MOST) return parallel
  throw badInput(
    t('error.unknownValue', { origin: '--parallel', value: JSON.stringify(value) }),
    t('error.parallel.fix', { most: MOST }),
  )
}
