import type { Lab } from '../catalog/lab.ts'
import type { ProgressEvent } from '../events.ts'
import type { SolvedStep } from '../runner/solve-lab.ts'
import { formatDuration } from '../wait/duration.ts'
import { answerTo } from './ask.ts'
import type { Keyboard } from './keyboard.ts'
import { recordResult } from './learner-progress.ts'
import type { Session } from './session.ts'

export interface SolveByStepOptions {
  readonly to: string | undefined
  readonly keyboard: Keyboard
}

/**
 * Shows each step with its reason, and carries it out once the learner has pressed Enter.
 * @returns the steps carried out: not all of them where the learner has stopped.
 */
export async function solveByStep(
  session: Session,
  lab: Lab,
  { to, keyboard }: SolveByStepOptions,
): Promise<readonly SolvedStep[]> {
  const { engine, settings, signal, io, t, noticeStyle: style } = session
  const stopped = new Error('stopped by the learner')
  const shown: SolvedStep[] = []

  const beforeStep = async (step: SolvedStep): Promise<void> => {
    io.stderr.write(
      `\n${style('bold', step.task)}  ${style('dim', `# ${step.why}`)}\n${style('cyan', step.command)}\n${t('solve.ask')} `,
    )
    const goesOn = await answerTo(session, keyboard, (key) => (GO.has(key) ? true : STOP.has(key) ? false : undefined))
    io.stderr.write('\n')
    if (!goesOn) throw stopped
    shown.push(step)
  }
  const emit = (event: ProgressEvent): void => {
    if (event.type !== 'step-finished') return
    const mark = event.outcome === 'failed' ? style('red', '✖') : style('green', '✔')
    io.stderr.write(`${mark} ${style('dim', `(${formatDuration(event.durationMs)})`)}\n`)
  }
  try {
    return await engine.solveLab(settings.environment, lab, {
      ...{ emit, signal, language: settings.language, beforeStep },
      ...(to !== undefined && { to }),
      onLook: async (before) => void (await recordResult(session, lab, before)),
    })
  } catch (error) {
    if (error !== stopped) throw error
    return shown
  }
}

const GO = new Set(['return', 'enter', 'space', 'y'])
const STOP = new Set(['q', 'n', 'escape'])
