import type { Token, Tokens } from 'marked'
import type { Style } from './style.ts'

/** What is inside a paragraph, a heading or a cell. Line breaks of the source are blanks, as in any Markdown. */
export function renderInline(tokens: readonly Token[], style: Style): string {
  return tokens.map((token) => inline(token as Tokens.Generic, style)).join('')
}

function inline(token: Tokens.Generic, style: Style): string {
  const inner = (): string => (token.tokens ? renderInline(token.tokens, style) : oneLine(token.text))
  switch (token.type) {
    case 'codespan':
      return code(token.text, style)
    case 'strong':
      return style('bold', inner())
    case 'em':
      return style('italic', inner())
    case 'link':
      return link(token as Tokens.Link, inner())
    case 'br':
      return '\n'
    case 'html':
      return ''
    default:
      return inner()
  }
}

/** Without colours the marks tell where a command begins and ends. */
function code(text: string, style: Style): string {
  const plain = `\`${text}\``
  const colored = style('cyan', text)
  return colored === text ? plain : colored
}

/** An address can be opened from a terminal; a file beside the brief cannot. */
function link({ href }: Tokens.Link, text: string): string {
  return /^https?:/.test(href) && href !== text ? `${text} (${href})` : text
}

/** A break within Chinese text is no blank. */
function oneLine(text: string): string {
  return text.replaceAll(/(?<=[\p{Script=Han}，。、；：？！）》”])\n(?=[\p{Script=Han}（《“])/gu, '').replaceAll('\n', ' ')
}
