import { fixOf, messageOf, StatelabError } from '../errors.ts'
import type { Translate } from '../messages/translate.ts'
import type { Language } from '../text.ts'
import type { Style } from './style.ts'

/**
 * An error as a person reads it on stderr. Bad input takes one line, what to change included; anything else says what
 * happened, and below it why and what to do.
 */
export function renderError(
  error: unknown,
  options: {
    readonly t: Translate
    readonly style: Style
    readonly language?: Language
    readonly logPath?: string | undefined
  },
): string {
  const { t, style, language = 'en', logPath } = options
  const label = style('red', 'error:')
  if (!(error instanceof StatelabError))
    return lines(
      `${label} ${t('error.internal', { message: messageOf(error) })}`,
      field('fix', t('error.internal.fix')),
      field('log', logPath),
    )
  const message = messageOf(error, language)
  const fix = fixOf(error, language)
  if (error.code === 'bad-input' || error.code === 'lab-invalid')
    return lines(`${label} ${hanging(message)}${fix === undefined ? '' : `: ${fix}`}`)
  return lines(`${label} ${message}`, ...causes(error, message, language), field('fix', fix), field('log', logPath))
}

/** What led to an error and what went wrong after it, unless its message says so already. */
function causes({ cause }: StatelabError, message: string, language: Language): string[] {
  const all = cause instanceof AggregateError ? cause.errors : cause === undefined ? [] : [cause]
  return all
    .map((each: unknown) => firstLine(messageOf(each, language)))
    .filter((text) => text !== '' && !message.includes(text))
    .map((text) => field('cause', text))
}

/** Several problems (of a lab's file, say) stand below each other under one `error:`. */
function hanging(message: string): string {
  return message.replaceAll('\n', '\n       ')
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}

function field(name: string, value: string | undefined): string {
  return value === undefined ? '' : `  ${name}: ${value}`
}

function lines(...each: string[]): string {
  return `${each.filter((line) => line !== '').join('\n')}\n`
}
