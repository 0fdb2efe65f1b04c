import { join } from 'node:path'
import { stateFolder } from '../environment.ts'
import type { Emit, ProgressEvent } from '../events.ts'
import { createTranslate, type Translate } from '../messages/translate.ts'
import { renderJson } from '../report/json.ts'
import { type LogFile, openLogFile } from '../report/log-file.ts'
import type { Output } from '../report/output.ts'
import { createPlainRenderer } from '../report/plain-renderer.ts'
import { quietRenderer, type Renderer, type RendererOptions } from '../report/renderer.ts'
import { createStyle, type Style, wantsColor } from '../report/style.ts'
import { commandDeadline, type Deadline } from './deadline.ts'
import type { Engine } from './engine.ts'
import type { Io } from './io.ts'
import type { Settings } from './settings.ts'

/** One run of one verb: its settings, its voice, and the way it shows work going on. */
export interface Session {
  readonly io: Io
  readonly engine: Engine
  readonly settings: Settings
  readonly t: Translate
  /** Whether the answer may have colour, and the means to give it some. */
  readonly colored: boolean
  readonly style: Style
  /** The same for what goes to stderr. */
  readonly noticeStyle: Style
  /** Aborts at Ctrl-C and when `--timeout` has passed. */
  readonly signal: AbortSignal
  /** Writes the answer: JSON under `-o json`, else the text. */
  answer(json: object, text: () => string): void
  /** Says something on stderr that is neither the answer nor progress. Silent under `--quiet`. */
  say(text: string): void
  /**
   * Runs work whose steps are shown and logged.
   * @param options.passing true when the answer tells it all again: the steps are shown only while they run.
   */
  work<T>(run: (emit: Emit, signal: AbortSignal) => Promise<T>, options?: { readonly passing?: boolean }): Promise<T>
  /** The path of the log, once work has begun. */
  readonly logPath: string | undefined
  close(): void
}

/** @param verb names the log file. Nothing is created before the first `work`. */
export function openSession(io: Io, engine: Engine, settings: Settings, verb: string): Session {
  const t = createTranslate(settings.language)
  const colorOn = ({ isTerminal }: Output): boolean => wantsColor({ flag: settings.color, isTerminal, env: io.env })
  const deadline = commandDeadline(io.signal, settings.timeoutMs, verb)
  let log: LogFile | undefined
  // Only when there is something to write: a `kubectl` that finds its environment must not push older logs out.
  const openLog = (): LogFile | undefined => {
    log ??= openLogFile(join(stateFolder(io.env), 'logs'), verb)
    return log
  }

  return {
    io,
    engine,
    settings,
    t,
    colored: colorOn(io.stdout),
    style: createStyle(colorOn(io.stdout)),
    noticeStyle: createStyle(colorOn(io.stderr)),
    signal: deadline.signal,
    answer: (json, text) => io.stdout.write(settings.output === 'json' ? renderJson(json) : text()),
    say: (text) => {
      if (!settings.quiet) io.stderr.write(`${text}\n`)
    },
    work: async (run, { passing = false } = {}) => {
      const renderer = await createRenderer(io, settings, { style: createStyle(colorOn(io.stderr)), passing })
      return show(run, { renderer, openLog, existingLog: () => log, deadline, stopping: t('progress.stopping') })
    },
    get logPath() {
      return log?.path
    },
    close: () => {
      deadline.clear()
      log?.close()
    },
  }
}

async function show<T>(
  run: (emit: Emit, signal: AbortSignal) => Promise<T>,
  to: {
    renderer: Renderer
    openLog: () => LogFile | undefined
    existingLog: () => LogFile | undefined
    deadline: Deadline
    stopping: string
  },
): Promise<T> {
  const { renderer, openLog, existingLog, deadline, stopping } = to
  const { signal } = deadline
  const emit = (event: ProgressEvent): void => {
    openLog()?.handle(event)
    deadline.handle(event)
    renderer.handle(event)
  }
  const onAbort = (): void => emit({ type: 'note', level: 'warning', text: stopping })
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    return await run(emit, signal)
  } catch (error) {
    existingLog()?.write(error instanceof Error ? (error.stack ?? error.message) : String(error))
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    await renderer.finish()
  }
}

/** Some pseudo-terminals say that they are 0 wide; nothing could be seen there. */
const NARROWEST = 20

/** The terminal where a live display may draw: a person watches, it is real, and no CI records it. */
export function drawableTerminal({ terminal, env }: Io): Io['terminal'] {
  const isCi = !['', '0', 'false'].includes(env.CI ?? '')
  const isDrawable = (terminal?.columns ?? 0) >= NARROWEST
  return !isDrawable || isCi || env.TERM === 'dumb' ? undefined : terminal
}

async function createRenderer(io: Io, settings: Settings, options: RendererOptions): Promise<Renderer> {
  if (settings.quiet) return quietRenderer
  const terminal = drawableTerminal(io)
  if (!terminal) return createPlainRenderer(io.stderr, options)
  const { createListrRenderer } = await import('../report/listr-renderer.ts')
  return createListrRenderer(terminal, options)
}
