import type { ProgressEvent, StepFinished, StepProgress, StepStarted } from '../events.ts'
import { formatDuration } from '../wait/duration.ts'
import type { Output } from './output.ts'
import { printable } from './printable.ts'
import type { Renderer, RendererOptions } from './renderer.ts'
import type { Style } from './style.ts'

/** A step is silent for this long; then its latest line is shown, and again after every such span. */
const PROGRESS_AFTER_MS = 10_000

interface RunningStep {
  readonly path: string
  readonly depth: number
  quietSince: number
}

/**
 * One line for each start and each end, for logs and pipes. Steps overlap, so every line stands alone: it carries the
 * time since the command began and, for what goes on inside a step, the step's path. `passing` leaves only what takes long.
 */
export function createPlainRenderer(
  output: Output,
  { style, passing = false }: RendererOptions,
  now: () => number = () => performance.now(),
): Renderer {
  const beganAt = now()
  const running = new Map<string, RunningStep>()
  const line = (depth: number, text: string): void =>
    output.write(`${style('dim', formatDuration(now() - beganAt).padStart(6))} ${'  '.repeat(depth)}${text}\n`)

  const start = (event: StepStarted): void => {
    const parent = event.parent === undefined ? undefined : running.get(event.parent)
    const path = parent ? `${parent.path} › ${event.title}` : event.title
    const step = { path, depth: parent ? parent.depth + 1 : 0, quietSince: now() }
    running.set(event.id, step)
    if (!passing) line(step.depth, `${style('cyan', '▸')} ${path}`)
  }
  const progress = (event: StepProgress): void => {
    const step = running.get(event.id)
    if (!step || now() - step.quietSince < PROGRESS_AFTER_MS) return
    step.quietSince = now()
    line(step.depth, style('dim', `… ${step.path}: ${firstLine(event.line)}`))
  }
  const finish = (event: StepFinished): void => {
    const step = running.get(event.id)
    running.delete(event.id)
    if (passing) return
    const detail =
      event.detail === undefined ? '' : `: ${event.outcome === 'failed' ? printable(event.detail) : firstLine(event.detail)}`
    line(step?.depth ?? 0, `${mark(event, style)} ${step?.path ?? event.id} (${formatDuration(event.durationMs)})${detail}`)
  }
  return {
    handle: (event: ProgressEvent) => {
      switch (event.type) {
        case 'step-started':
          return start(event)
        case 'step-progress':
          return progress(event)
        case 'step-finished':
          return finish(event)
        case 'note':
          return line(0, event.level === 'warning' ? style('yellow', `⚠ ${event.text}`) : `ℹ ${event.text}`)
      }
    },
    finish: () => Promise.resolve(),
  }
}

function mark({ outcome }: StepFinished, style: Style): string {
  if (outcome === 'failed') return style('red', '✖')
  return outcome === 'skipped' ? style('yellow', '↓') : style('green', '✔')
}

function firstLine(text: string): string {
  return printable(text).trim().split('\n')[0] ?? ''
}
