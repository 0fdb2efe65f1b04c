import { CommanderError } from 'commander'
import { exitCodeOf, StatelabError } from '../errors.ts'
import { createTranslate } from '../messages/translate.ts'
import { renderError } from '../report/errors.ts'
import { renderJsonError } from '../report/json.ts'
import { createStyle, wantsColor } from '../report/style.ts'
import type { Engine } from './engine.ts'
import type { Io } from './io.ts'
import { peek } from './peek.ts'
import { buildProgram, type RunVerb } from './program.ts'
import { openSession } from './session.ts'
import { resolveSettings } from './settings.ts'
import { explainUsageError, isHelp } from './usage-errors.ts'

/**
 * Runs one command line.
 * @param argv the words after the program's name.
 * @returns the exit code: 0 done, 1 a check or an operation failed, 2 bad input, 3 a prerequisite is missing, 130 interrupted.
 */
export async function main(
  argv: readonly string[],
  { io, engine, version }: { readonly io: Io; readonly engine: Engine; readonly version: string },
): Promise<number> {
  const t = createTranslate(peek(argv, io.env).language)
  let exitCode = 0
  let logPath: string | undefined

  const runVerb: RunVerb = async (verb, name, input, flags) => {
    const session = openSession(io, engine, resolveSettings(flags, io.env, io.cwd, t), name)
    try {
      exitCode = await verb.run(session, input)
      if (exitCode !== 0 && verb.tellsLog && session.logPath !== undefined)
        session.say(t('progress.log', { path: session.logPath }))
    } finally {
      logPath = session.logPath
      session.close()
    }
  }
  const writeOut = (text: string): void => io.stdout.write(text)
  const program = buildProgram({ version, t, writeOut, columns: io.stdout.columns, runVerb })
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return exitCode
  } catch (thrown) {
    if (isHelp(thrown)) return 0
    const error = thrown instanceof CommanderError ? explainUsageError(thrown, program, t) : reasonOf(primary(thrown), io.signal)
    return reportError(error, argv, io, logPath)
  }
}

/**
 * Writes an error in the form that the command line asks for.
 * @returns its exit code.
 */
export function reportError(
  error: unknown,
  argv: readonly string[],
  io: Pick<Io, 'stdout' | 'stderr' | 'env'>,
  logPath?: string,
): number {
  const { language, json, color } = peek(argv, io.env)
  const style = createStyle(wantsColor({ flag: color, isTerminal: io.stderr.isTerminal, env: io.env }))
  if (json) io.stdout.write(renderJsonError(error, language))
  else io.stderr.write(renderError(error, { t: createTranslate(language), style, language, logPath }))
  if (io.env.STATELAB_DEBUG === '1') io.stderr.write(`${stackOf(error)}\n`)
  return exitCodeOf(error)
}

/** Whatever an interrupted command threw on its way out, the user knows it as the interruption. What else failed is its cause. */
function reasonOf(thrown: unknown, signal: AbortSignal): unknown {
  const { reason } = signal
  // A library function may add what became of its work to the reason: that says more.
  const tellsReason =
    thrown === reason || (thrown instanceof StatelabError && reason instanceof StatelabError && thrown.code === reason.code)
  if (!signal.aborted || tellsReason) return thrown
  return reason instanceof StatelabError ? new StatelabError(reason.code, reason.texts.message, { cause: thrown }) : thrown
}

/** The first of several failures is the one to report; what went wrong while tidying up is told as its causes. */
function primary(thrown: unknown): unknown {
  if (!(thrown instanceof AggregateError)) return thrown
  const [first, ...others] = thrown.errors as readonly unknown[]
  if (!(first instanceof StatelabError)) return thrown
  const causes = [...(first.cause === undefined ? [] : [first.cause]), ...others]
  const { message, fix } = first.texts
  return new StatelabError(first.code, message, { cause: new AggregateError(causes), ...(fix !== undefined && { fix }) })
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const stack = error.stack ?? error.message
  return error.cause === undefined ? stack : `${stack}\ncaused by: ${stackOf(error.cause)}`
}
