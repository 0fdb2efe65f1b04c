import { type Token, type Tokens, Lexer } from 'marked'
import { renderInline } from './markdown-inline.ts'
import { renderMarkdownTable } from './markdown-table.ts'
import type { Style } from './style.ts'
import { displayWidth, wrapText } from './wrap.ts'

/**
 * Markdown as a terminal shows it: wrapped to the width, also in lists and tables, and just as readable without colours.
 * Code is not wrapped: it is there to be copied.
 */
export function renderMarkdown(source: string, columns: number, style: Style): string {
  return `${blocks(new Lexer().lex(source), columns, style).join('\n')}\n`
}

/** Blocks with an empty line between them. */
function blocks(tokens: readonly Token[], columns: number, style: Style): string[] {
  const shown = tokens.map((token) => block(token as Tokens.Generic, columns, style)).filter((lines) => lines.length > 0)
  return shown.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function block(token: Tokens.Generic, columns: number, style: Style): string[] {
  switch (token.type) {
    case 'heading':
      return heading(token as Tokens.Heading, columns, style)
    case 'paragraph':
    case 'text':
      return wrapText(renderInline(token.tokens ?? [token], style), columns)
    case 'code':
      return (token as Tokens.Code).text.split('\n').map((line) => style('cyan', `    ${line}`))
    case 'list':
      return list(token as Tokens.List, columns, style)
    case 'table':
      return renderMarkdownTable(token as Tokens.Table, columns, style)
    case 'blockquote':
      return blocks(token.tokens ?? [], columns - 2, style).map((line) => `${style('dim', '│')} ${line}`)
    case 'hr':
      return [style('dim', '─'.repeat(columns))]
    default:
      return []
  }
}

function heading({ depth, tokens }: Tokens.Heading, columns: number, style: Style): string[] {
  const lines = wrapText(renderInline(tokens, style), columns)
  const width = Math.max(...lines.map(displayWidth))
  const rule = depth === 1 ? ['═'.repeat(width)] : depth === 2 ? ['─'.repeat(width)] : []
  return [...lines.map((line) => style('bold', line)), ...rule.map((line) => style('dim', line))]
}

function list({ ordered, start, loose, items }: Tokens.List, columns: number, style: Style): string[] {
  const first = typeof start === 'number' ? start : 1
  const marks = items.map((_, index) => (ordered ? `${first + index}.` : '•'))
  const width = Math.max(...marks.map((mark) => mark.length)) + 1
  const shown = items.map(({ tokens }, index) => {
    const [begin = '', ...rest] = blocks(tokens, columns - width, style)
    return [
      `${(marks[index] ?? '').padEnd(width)}${begin}`,
      ...rest.map((line) => (line === '' ? '' : `${' '.repeat(width)}${line}`)),
    ]
  })
  return shown.flatMap((lines, index) => (loose && index > 0 ? ['', ...lines] : lines))
}
