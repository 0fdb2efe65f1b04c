import {
  DefaultRenderer,
  figures,
  Listr,
  ListrDefaultRendererLogLevels as Level,
  type ListrDefaultRendererOptions,
  ListrLogger,
  type ListrTask,
  type ListrTaskWrapper,
  ProcessOutput,
  Spinner,
} from 'listr2'
import type { Note, ProgressEvent, StepFinished, StepOutcome, StepStarted } from '../events.ts'
import { formatDuration } from '../wait/duration.ts'
import { printable } from './printable.ts'
import type { Renderer, RendererOptions } from './renderer.ts'
import { Feed, type FeedStep, feedStep, finishFeedStep } from './step-feed.ts'
import type { Style } from './style.ts'

/** listr2's own renderer gives way to lines when *stdout* is no terminal; ours draws on stderr and was chosen already. */
class TerminalRenderer extends DefaultRenderer {
  static override nonTTY = true
}

type Wrapper = ListrTaskWrapper<unknown, typeof TerminalRenderer, typeof TerminalRenderer>
type Task = ListrTask<unknown, typeof TerminalRenderer, typeof TerminalRenderer>

const TICK_MS = 250
const NOTES_SHOWN = 20

/**
 * Draws steps as a live tree with listr2. listr2 runs nothing here: each of its tasks awaits the end of one step, so
 * it can neither stop, nor retry, nor swallow the work; its signal handler, which would end the process, is off.
 *
 * @param stream the terminal to draw on; its writes are held back while the tree is on screen.
 */
export function createListrRenderer(stream: NodeJS.WriteStream, { style, passing = false }: RendererOptions): Renderer {
  const root = new Feed()
  const notes = new NoteBoard()
  const open = new Map<string, FeedStep>()
  let drawn: Promise<unknown> | undefined

  const draw = (): void => {
    drawn ??= new Listr<unknown, typeof TerminalRenderer, typeof TerminalRenderer>([notes.task, slot(root, style)], {
      concurrent: true,
      registerSignalListeners: false,
      renderer: TerminalRenderer,
      rendererOptions: { ...rendererOptions(stream, style), clearOutput: passing },
    }).run()
  }
  // A step fails with the words of the step in it that failed: once is enough.
  const told = new Set<string>()
  const untold = (outcome: StepOutcome, detail: string): string | undefined => {
    if (outcome !== 'failed') return detail
    if (told.has(detail)) return undefined
    told.add(detail)
    return detail
  }
  const start = ({ id, title, parent }: StepStarted): void => {
    const step = feedStep(title, performance.now())
    open.set(id, step)
    const outer = parent === undefined ? undefined : open.get(parent)
    ;(outer?.children ?? root).push(step)
  }
  const end = (step: FeedStep, { id, outcome, durationMs, detail }: StepFinished): void => {
    open.delete(id)
    finishFeedStep(step, { outcome, durationMs, detail: detail === undefined ? undefined : untold(outcome, printable(detail)) })
  }
  const handle = (event: ProgressEvent): void => {
    draw()
    if (event.type === 'note') notes.add(event)
    else if (event.type === 'step-started') start(event)
    else {
      const step = open.get(event.id)
      if (step && event.type === 'step-progress') step.line = printable(event.line)
      if (step && event.type === 'step-finished') end(step, event)
    }
  }
  const finish = async (): Promise<void> => {
    // A step whose end was never told (the work threw past it) must not keep the terminal.
    for (const step of open.values())
      finishFeedStep(step, { outcome: 'failed', durationMs: performance.now() - step.startedAt, detail: undefined })
    open.clear()
    root.end()
    notes.end()
    await drawn
  }
  return { handle, finish }
}

/**
 * listr2 wants to know its tasks beforehand; ours come one by one. So a list has one untitled task, invisible itself,
 * that awaits the next step and then becomes two: that step, and the next untitled task.
 */
function slot(feed: Feed, style: Style, onEnd: () => void = () => {}): Task {
  return {
    task: async (_, wrapper: Wrapper) => {
      const step = await feed.next()
      if (step) return wrapper.newListr([titled(step, style), slot(feed, style, onEnd)], { concurrent: true })
      onEnd()
      return undefined
    },
  }
}

function titled(step: FeedStep, style: Style): Task {
  return {
    title: step.title,
    exitOnError: false,
    task: (_, wrapper: Wrapper) => {
      const clock = setInterval(() => showRunning(step, wrapper, style), TICK_MS)
      const onEnd = (): void => {
        clearInterval(clock)
        const title = finishedTitle(step, style)
        wrapper.title = title
        if (step.outcome === 'skipped') wrapper.skip(title)
        // Throwing is how listr2 is told that the step has failed; `exitOnError: false` contains it here.
        if (step.outcome === 'failed') throw new Error(step.detail ?? '')
      }
      return wrapper.newListr([slot(step.children, style, onEnd)], { concurrent: true })
    },
  }
}

/** At its own pace: a build prints thousands of lines, and each change draws the whole tree. */
function showRunning(step: FeedStep, wrapper: Wrapper, style: Style): void {
  wrapper.title = `${step.title} ${style('dim', formatDuration(performance.now() - step.startedAt))}`
  if (step.line !== undefined && step.line !== wrapper.output) wrapper.output = step.line
}

function finishedTitle(step: FeedStep, style: Style): string {
  // A failed step's detail is drawn below it, by listr2, from the error.
  const detail = step.detail === undefined || step.outcome === 'failed' ? '' : `: ${step.detail.split('\n')[0]}`
  return `${step.title}${detail} ${style('dim', formatDuration(step.durationMs))}`
}

function rendererOptions(stream: NodeJS.WriteStream, style: Style): ListrDefaultRendererOptions {
  const spinner = new Spinner()
  return {
    formatOutput: 'truncate',
    collapseErrors: false,
    spinner,
    // Every step has a list in it, so listr2 sees parents only: they spin like leaves.
    icon: { [Level.PENDING]: () => spinner.fetch(), [Level.FAILED_WITH_FAILED_SUBTASKS]: figures.cross },
    color: {
      [Level.PENDING]: (text) => style('yellow', text ?? ''),
      [Level.COMPLETED]: (text) => style('green', text ?? ''),
      [Level.SKIPPED_WITH_COLLAPSE]: (text) => style('yellow', text ?? ''),
      [Level.FAILED]: (text) => style('red', text ?? ''),
      [Level.FAILED_WITH_FAILED_SUBTASKS]: (text) => style('red', text ?? ''),
      [Level.COMPLETED_WITH_FAILED_SUBTASKS]: (text) => style('yellow', text ?? ''),
      [Level.COMPLETED_WITH_FAILED_SISTER_TASKS]: (text) => style('red', text ?? ''),
    },
    logger: new ListrLogger({
      useIcons: true,
      toStderr: [],
      processOutput: new ProcessOutput(stream, stream, { leaveEmptyLine: false }),
    }),
  }
}

/** Notes stay below the tree: an untitled task that ends last and whose output is kept. */
class NoteBoard {
  #write: ((line: string) => void) | undefined
  readonly #early: string[] = []
  #end: () => void = () => {}
  readonly #ended = new Promise<void>((resolve) => {
    this.#end = resolve
  })

  readonly task: Task = {
    task: async (_, wrapper: Wrapper) => {
      this.#write = (line) => {
        wrapper.output = line
      }
      for (const line of this.#early.splice(0)) this.#write(line)
      await this.#ended
    },
    rendererOptions: { bottomBar: NOTES_SHOWN, persistentOutput: true },
  }

  add(note: Note): void {
    const line = note.level === 'warning' ? `⚠ ${note.text}` : note.text
    if (this.#write) this.#write(line)
    else this.#early.push(line)
  }

  end(): void {
    this.#end()
  }
}
