import type { Session } from './session.ts'

const WIDEST = 100
const NARROWEST = 30

/** A brief as a terminal shows it; in a pipe it stays the Markdown it is. */
export async function briefFor({ io, style }: Pick<Session, 'io' | 'style'>, source: string): Promise<string> {
  if (!io.stdout.isTerminal) return source
  const { renderMarkdown } = await import('../report/markdown.ts')
  const columns = Math.min(WIDEST, Math.max(NARROWEST, io.stdout.columns ?? 80))
  return renderMarkdown(source, columns, style)
}
