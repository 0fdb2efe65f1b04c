import { styleText } from 'node:util'

type Format = 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'italic' | 'dim'

/** Colours a text, or leaves it as it is where colour is not wanted. */
export type Style = (format: Format, text: string) => string

/** @param colored decided once, by `wantsColor`: not a matter of the stream that Node would look at. */
export function createStyle(colored: boolean): Style {
  return (format, text) => (colored ? styleText(format, text, { validateStream: false }) : text)
}

/** https://no-color.org: any non-empty NO_COLOR turns colour off; so do `--no-color` and `TERM=dumb`. */
export function wantsColor(options: {
  readonly flag: boolean
  readonly isTerminal: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}): boolean {
  const { flag, isTerminal, env } = options
  if (!flag || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb') return false
  return isTerminal || ((env.FORCE_COLOR ?? '') !== '' && env.FORCE_COLOR !== '0')
}
