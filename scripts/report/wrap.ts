import stringWidth from 'string-width'
import wrapAnsi from 'wrap-ansi'

/** How many columns of a terminal a text takes: Chinese characters two, colours none. */
export function displayWidth(text: string): number {
  return stringWidth(text)
}

/** Fills a text up with blanks to so many columns. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}

/**
 * Breaks a text into lines of at most so many columns, between words, and within a word that is longer than a line. A
 * Chinese text breaks between any two characters, but no line begins with a closing mark.
 */
export function wrapText(text: string, columns: number): string[] {
  // A mark that goes up to the line before it needs room there.
  const reserved = CLOSING.test(text) ? 2 : 0
  const lines = wrapAnsi(text, Math.max(1, columns - reserved), { hard: true }).split('\n')
  return lines.map((line, index) => line.replace(LEADING, '') + (LEADING.exec(lines[index + 1] ?? '')?.[0] ?? ''))
}

const CLOSING = /[，。、；：？！）》」”]/
const LEADING = /^[，。、；：？！）》」”]/
