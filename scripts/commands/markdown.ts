import type { MarkedExtension } from 'marked'
import type { Output } from '../report/output.ts'

const MAX_WIDTH = 100

/** A brief as a terminal shows it; in a pipe it stays the Markdown it is. */
export async function renderMarkdown(source: string, output: Output, colored: boolean): Promise<string> {
  if (!output.isTerminal || !colored) return source
  const [{ Marked }, { markedTerminal }] = await Promise.all([import('marked'), import('marked-terminal')])
  const width = Math.min(output.columns ?? 80, MAX_WIDTH)
  // Its type declarations describe an older way of use; what it returns is an extension.
  const extension = markedTerminal({ width, reflowText: false, showSectionPrefix: false, tab: 2 }) as MarkedExtension
  return new Marked(extension).parse(source)
}
