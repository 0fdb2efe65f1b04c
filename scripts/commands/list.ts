import type { Lab } from '../catalog/lab.ts'
import { renderTable } from '../report/table.ts'
import type { LabState } from '../runner/lab-state.ts'
import { labStateText } from './lab-state.ts'
import { loadLabs } from './labs.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

export const list: Verb = {
  usage: 'list',
  group: 'group.labs',
  summary: 'help.list',
  examples: ['statelab list', 'statelab list -o json', 'statelab list --labs ./my-labs'],
  run: async (session) => {
    const { engine, settings, signal } = session
    const labs = await loadLabs(session)
    const states = await engine.labStates(settings.environment, signal)
    const stateOf = (lab: Lab): LabState => states.get(lab.id) ?? 'untouched'
    session.answer({ labs: labs.map((lab) => record(lab, stateOf(lab), session)) }, () => describe(labs, stateOf, session))
    return 0
  },
}

function record(lab: Lab, state: LabState, { settings }: Session): object {
  const { id, track, title, minutes, requires = {} } = lab
  return { id, track, title: title[settings.language], minutes, state, requires: { kubernetes: lab.kubernetes, ...requires } }
}

function describe(labs: readonly Lab[], stateOf: (lab: Lab) => LabState, { t, style, settings }: Session): string {
  const head = [t('list.track'), t('list.lab'), t('list.title'), t('list.minutes'), t('list.state')]
  const rows = labs.map((lab) => [
    lab.track,
    lab.id,
    lab.title[settings.language],
    String(lab.minutes),
    labStateText(stateOf(lab), { t, style }),
  ])
  return `${renderTable(head, rows, style)}\n`
}
