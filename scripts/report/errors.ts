import { messageOf, StatelabError } from '../errors.ts'
import type { Translate } from '../messages/translate.ts'
import type { Style } from './style.ts'

/**
 * An error as a person reads it on stderr. Bad input takes one line, what to change included; anything else says what
 * happened, and below it why and what to do.
 */
export function renderError(
  error: unknown,
  options: { readonly t: Translate; readonly style: Style; readonly logPath?: string | undefined },
): string {
  const { t, style, logPath } = options
  const label = style('red', 'error:')
  if (!(error instanceof StatelabError))
    return lines(
      `${label} ${t('error.internal', { message: messageOf(error) })}`,
      field('fix', t('error.internal.fix')),
      field('log', logPath),
    )
  if (error.code === 'bad-input' || error.code === 'lab-invalid')
    return lines(`${label} ${hanging(error.message)}${error.fix === undefined ? '' : `: ${error.fix}`}`)
  return lines(`${label} ${error.message}`, ...causes(error), field('fix', error.fix), field('log', logPath))
}

/** What led to an error and what went wrong after it, unless its message says so already. */
function causes(error: StatelabError): string[] {
  const { cause } = error
  const all = cause instanceof AggregateError ? cause.errors : cause === undefined ? [] : [cause]
  return all
    .map((each: unknown) => firstLine(messageOf(each)))
    .filter((text) => text !== '' && !error.message.includes(text))
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
