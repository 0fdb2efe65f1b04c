import { messageOf, StatelabError } from '../errors.ts'

/** The JSON answers of the command line carry `"schema": 1`. */
export function renderJson(answer: object): string {
  return `${JSON.stringify({ schema: 1, ...answer }, null, 2)}\n`
}

/** An error under `-o json`: the same on every command. */
export function renderJsonError(error: unknown): string {
  const known = error instanceof StatelabError
  const code = known ? error.code : 'internal-error'
  const fix = known ? error.fix : undefined
  return renderJson({ error: { code, message: messageOf(error), ...(fix !== undefined && { fix }) } })
}
