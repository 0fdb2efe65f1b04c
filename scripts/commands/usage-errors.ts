import { type Command, CommanderError } from 'commander'
import { nearestTo } from '../catalog/find-lab.ts'
import { badInput, type StatelabError } from '../errors.ts'
import type { Translate } from '../messages/translate.ts'

/** Help and version are "thrown" by commander too, after they were printed. */
export function isHelp(thrown: unknown): boolean {
  return thrown instanceof CommanderError && HELP.has(thrown.code)
}

const HELP = new Set(['commander.help', 'commander.helpDisplayed', 'commander.version'])

/**
 * A mistake on the command line that commander found, in our words and on one line.
 * @param program knows the commands and flags among which the one that was meant is looked for.
 */
export function explainUsageError(error: CommanderError, program: Command, t: Translate): StatelabError {
  const [, name = ''] = /'(.*)'/s.exec(withoutSuggestion(error.message)) ?? []
  const guess = nearestOf(error.code, name, program)
  return badInput(
    describe(error, JSON.stringify(name), t),
    guess === undefined ? t('error.seeHelp') : t('error.didYouMean', { guess }),
  )
}

function nearestOf(code: string, name: string, program: Command): string | undefined {
  if (code === 'commander.unknownCommand')
    return nearestTo(
      name,
      program.commands.map((command) => command.name()),
    )
  if (code !== 'commander.unknownOption') return undefined
  const flags = [program, ...program.commands].flatMap((command) => command.options.map((option) => option.long ?? ''))
  const guess = nearestTo(bare(name), [...new Set(flags.map(bare))])
  return guess === undefined ? undefined : `--${guess}`
}

/** Two dashes in common must not make two flags look alike. */
function bare(flag: string): string {
  return flag.replace(/^--?/, '').replace(/=.*$/s, '')
}

function describe(error: CommanderError, name: string, t: Translate): string {
  switch (error.code) {
    case 'commander.unknownCommand':
      return t('error.unknownCommand', { name })
    case 'commander.unknownOption':
      return t('error.unknownOption', { name })
    case 'commander.missingArgument':
      return t('error.missingArgument', { name })
    case 'commander.optionMissingArgument':
      return t('error.optionMissingValue', { name })
    case 'commander.excessArguments':
      return t('error.tooManyArguments', { name })
    default:
      return withoutSuggestion(error.message)
        .replace(/^error: /, '')
        .trim()
        .replaceAll(/\s*\n\s*/g, ' ')
  }
}

function withoutSuggestion(message: string): string {
  return message.replace(/\n\(Did you mean [^\n]*\)\s*$/, '')
}
