import { stripVTControlCharacters } from 'node:util'

/**
 * What a container or a build has printed, safe to show: its escape sequences could move the cursor or hide text. Line
 * breaks and tabs stay.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\r\n', '\n').replaceAll(CONTROL, '\uFFFD')
}

/** The same for a name in a line or in a table: nothing in it begins another line. */
export function oneLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, ' ')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to replace.
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g
