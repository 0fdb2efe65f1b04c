import { inLanguage, type Language, type Text } from './text.ts'

/** What went wrong, as a word that scripts can branch on. It never changes its meaning. */
export type ErrorCode =
  | 'bad-input'
  | 'prerequisite-missing'
  | 'interrupted'
  | 'timed-out'
  | 'command-failed'
  | 'kubernetes-failed'
  | 'image-failed'
  | 'lab-invalid'
  | 'not-found'
  | 'operation-failed'

export interface ErrorOptions {
  /** The next command to type, or the change to make. Shown on a line of its own. */
  readonly fix?: string | Text
  readonly cause?: unknown
}

/**
 * The one error family of statelab. `message` says what happened and the value that was seen; `fix` says what to do.
 * Both are English; what a learner meets is given in every language, and read by `messageOf` and `fixOf`. Anything else
 * that is thrown is a defect of the tool.
 */
export class StatelabError extends Error {
  override readonly name: string = 'StatelabError'
  readonly code: ErrorCode
  readonly fix: string | undefined
  readonly texts: { readonly message: string | Text; readonly fix: string | Text | undefined }

  constructor(code: ErrorCode, message: string | Text, options: ErrorOptions = {}) {
    super(inLanguage(message, 'en'), options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.fix = options.fix === undefined ? undefined : inLanguage(options.fix, 'en')
    this.texts = { message, fix: options.fix }
  }
}

/** A value the user gave cannot be used. Thrown before anything outside the process was touched. */
export function badInput(message: string | Text, fix?: string | Text): StatelabError {
  return new StatelabError('bad-input', message, fix === undefined ? {} : { fix })
}

/** The machine lacks something. `fix` is the command that gets it. */
export function prerequisiteMissing(message: string | Text, fix: string | Text, cause?: unknown): StatelabError {
  return new StatelabError('prerequisite-missing', message, { fix, cause })
}

/** The process's exit code for an error, as the command-line contract gives it. */
export function exitCodeOf(error: unknown): 1 | 2 | 3 | 130 {
  if (!(error instanceof StatelabError)) return 1
  switch (error.code) {
    case 'bad-input':
    case 'lab-invalid':
      return 2
    case 'prerequisite-missing':
      return 3
    case 'interrupted':
      return 130
    default:
      return 1
  }
}

/** The message of anything that was thrown, in the language given as far as it exists in it. */
export function messageOf(error: unknown, language: Language = 'en'): string {
  if (error instanceof StatelabError) return inLanguage(error.texts.message, language)
  return error instanceof Error ? error.message : String(error)
}

/** What to do about anything that was thrown; `undefined` where nobody knows. */
export function fixOf(error: unknown, language: Language = 'en'): string | undefined {
  const fix = error instanceof StatelabError ? error.texts.fix : undefined
  return fix === undefined ? undefined : inLanguage(fix, language)
}
