import type { Author } from '../progress/progress.ts'
import type { LabState } from '../runner/lab-state.ts'
import type { Session } from './session.ts'

type Voice = Pick<Session, 't' | 'style'>

/** How far a lab is, with a mark that also reads without colour. */
export function labStateText(state: LabState, voice: Voice): string {
  return state === 'untouched' ? labStateWord(state, voice) : `${labStateMark(state, voice)} ${labStateWord(state, voice)}`
}

export function labStateMark(state: LabState, { style }: Pick<Voice, 'style'>): string {
  if (state === 'passed') return style('green', '✔')
  return state === 'started' ? style('yellow', '▸') : style('dim', '·')
}

/** @param by what `solve` did is not told as the learner's own work. */
export function labStateWord(state: LabState, { t, style }: Voice, by: Author = 'hand'): string {
  if (state === 'passed') return style('green', by === 'solve' ? t('state.passedBySolve') : t('state.passed'))
  return state === 'started' ? style('yellow', t('state.started')) : style('dim', t('state.untouched'))
}
