import { fixOf, messageOf, StatelabError } from '../errors.ts'
import type { Language } from '../text.ts'

/** The JSON answers of the command line carry `"schema": 1`. */
export function renderJson(answer: object): string {
  return `${JSON.stringify({ schema: 1, ...answer }, null, 2)}\n`
}

/** An error under `-o json`: the same on every command. */
export function renderJsonError(error: unknown, language: Language = 'en'): string {
  const code = error instanceof StatelabError ? error.code : 'internal-error'
  const fix = fixOf(error, language)
  return renderJson({ error: { code, message: messageOf(error, language), ...(fix !== undefined && { fix }) } })
}
