import type { LabState } from '../runner/lab-state.ts'
import type { Session } from './session.ts'

/** How far a lab is, with a mark that also reads without colour. */
export function labStateText(state: LabState, { t, style }: Pick<Session, 't' | 'style'>): string {
  if (state === 'passed') return style('green', `✔ ${t('state.passed')}`)
  return state === 'started' ? style('yellow', `▸ ${t('state.started')}`) : style('dim', t('state.untouched'))
}
