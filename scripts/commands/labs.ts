import type { Lab } from '../catalog/lab.ts'
import { badInput } from '../errors.ts'
import type { Session } from './session.ts'
import { nearestTo } from '../catalog/find-lab.ts'

/** All labs there are: the ones that come with statelab and those of `--labs`. Checked before anything is touched. */
export function loadLabs({ engine, settings }: Session): Promise<readonly Lab[]> {
  return engine.loadLabs(settings.labFolders)
}

/**
 * One lab, whatever is wrong with others.
 * @throws {StatelabError} `bad-input` with the nearest lab there is.
 */
export async function loadLab(session: Session, id: string): Promise<Lab> {
  const [lab] = await loadNamedLabs(session, [id])
  return lab as Lab
}

/** The labs of these ids, each once, in the order given, whatever is wrong with others. */
export async function loadNamedLabs(session: Session, ids: readonly string[]): Promise<Lab[]> {
  const labs = await session.engine.loadLabs(session.settings.labFolders, ids)
  const areThere = ids.every((id) => labs.some((lab) => lab.id === id))
  return pickLabs(session, areThere ? labs : await loadLabs(session), ids)
}

function pickLabs({ t }: Session, labs: readonly Lab[], ids: readonly string[]): Lab[] {
  const byId = new Map(labs.map((lab) => [lab.id, lab]))
  return [...new Set(ids)].map((id) => {
    const lab = byId.get(id)
    if (lab) return lab
    const guess = nearestTo(id, [...byId.keys()])
    throw badInput(
      t('error.unknownLab', { lab: JSON.stringify(id) }),
      guess === undefined ? t('error.unknownLab.fix') : t('error.didYouMean', { guess }),
    )
  })
}
