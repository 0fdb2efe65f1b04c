import { type Argument, Command, type Help, Option } from 'commander'
import type { PlainKey, Translate } from '../messages/translate.ts'
import type { CommonFlags } from './settings.ts'
import type { Verb } from './verb.ts'
import { VERBS } from './verbs.ts'

/** Called for the verb that was typed. */
export type RunVerb = (
  verb: Verb,
  name: string,
  input: { args: string[]; options: Record<string, unknown> },
  flags: CommonFlags,
) => Promise<void>

export interface ProgramOptions {
  readonly version: string
  readonly t: Translate
  readonly writeOut: (text: string) => void
  readonly columns: number | undefined
  readonly runVerb: RunVerb
}

/** The command line as commander reads it. It reports mistakes by throwing `CommanderError` and never ends the process. */
export function buildProgram(options: ProgramOptions): Command {
  const { version, t, writeOut, columns, runVerb } = options
  const program = new Command('statelab')
    .description(t('help.about'))
    .usage(t('help.usage'))
    .version(version, '-V, --version', t('help.version'))
    .helpOption('-h, --help', t('help.help'))
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut,
      writeErr: writeOut,
      // Mistakes are reported once, by `main`, from the error that is thrown.
      outputError: () => {},
      ...(columns !== undefined && { getOutHelpWidth: () => columns }),
    })
    .configureHelp({ styleTitle: (title) => translateTitle(title, t), subcommandTerm: verbTerm })
    .enablePositionalOptions()
    .addHelpText('after', `\n${t('help.examples')}\n${EXAMPLES.map((line) => `  ${line}`).join('\n')}\n\n${t('help.more')}`)
  addCommonOptions(program, t, { hidden: false })
  for (const verb of VERBS) addVerb(program, verb, t, runVerb)
  addHelp(program, t)
  return program
}

const EXAMPLES = [
  'statelab start redis-persistence',
  'statelab check redis-persistence --watch',
  'statelab run --all --report junit=report.xml',
]

function addVerb(program: Command, verb: Verb, t: Translate, runVerb: RunVerb): void {
  const command = program
    .command(verb.usage)
    .description(t(verb.summary))
    .helpOption('-h, --help', t('help.help'))
    .helpGroup(t(verb.group))
  verb.configure?.(command, t)
  const own = command.options.map((option) => option.attributeName())
  addCommonOptions(command, t, { hidden: true })
  const examples = verb.examples.map((line) => `  ${line}`).join('\n')
  command.addHelpText('after', `\n${t('help.examples')}\n${examples}\n\n${t('help.common')}`)
  command.action(() => {
    const options = command.opts()
    const input = { args: command.args, options: Object.fromEntries(own.map((name) => [name, options[name]])) }
    return runVerb(verb, command.name(), input, { ...givenFlags(program), ...givenFlags(command, own) })
  })
}

/** commander's own `help` answers an unknown command with the general help; a mistake deserves to be told. */
function addHelp(program: Command, t: Translate): void {
  const help = program
    .command('help')
    .argument(`[${t('help.verb')}]`)
    .description(t('help.helpCommand'))
    .helpGroup(t('group.inside'))
  help.helpOption('-h, --help', t('help.help')).action((name: string | undefined) => {
    const asked = name === undefined ? program : program.commands.find((command) => command.name() === name)
    if (!asked) program.error(`unknown command '${name}'`, { code: 'commander.unknownCommand' })
    asked?.help()
  })
}

/** Common flags may stand before the verb and after it; the latter win. Those of `kubectl` must not, after its operands. */
function addCommonOptions(command: Command, t: Translate, { hidden }: { hidden: boolean }): void {
  const own = new Set(command.options.map(({ long }) => long))
  for (const [flags, message] of COMMON) {
    const option = new Option(flags, t(message)).helpGroup(t('group.common')).hideHelp(hidden)
    // A verb may have a flag of that name for something else; the common one stands before the verb then.
    if (own.has(option.long)) continue
    command.addOption(REPEATABLE.has(option.attributeName()) ? option.argParser(collect) : option)
  }
}

const COMMON: readonly (readonly [flags: string, message: PlainKey])[] = [
  ['--name <name>', 'flag.name'],
  ['--source <source>', 'flag.source'],
  ['--mirror <mirror>', 'flag.mirror'],
  ['--kubernetes <version>', 'flag.kubernetes'],
  ['-o, --output <format>', 'flag.output'],
  ['--lang <language>', 'flag.lang'],
  ['-q, --quiet', 'flag.quiet'],
  ['--no-color', 'flag.noColor'],
  ['--timeout <duration>', 'flag.timeout'],
  ['--labs <folder>', 'flag.labs'],
  ['--no-up', 'flag.noUp'],
  ['--no-install', 'flag.noInstall'],
]

const REPEATABLE: ReadonlySet<string> = new Set(['labs', 'mirror'])

function collect(value: string, earlier: readonly string[] | undefined): string[] {
  return [...(earlier ?? []), value]
}

/** Only what was typed: a default (commander's `true` for `--no-x`) must not hide a variable or a flag before the verb. */
function givenFlags(command: Command, except: readonly string[] = []): CommonFlags {
  const typed = Object.entries(command.opts()).filter(
    ([name]) => command.getOptionValueSource(name) === 'cli' && !except.includes(name),
  )
  return Object.fromEntries(typed)
}

function verbTerm(command: Command): string {
  return [command.name(), ...command.registeredArguments.map(nameOfArgument)].join(' ')
}

function nameOfArgument(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${name}>` : `[${name}]`
}

function translateTitle(title: string, t: Translate): ReturnType<Help['styleTitle']> {
  switch (title) {
    case 'Usage:':
      return t('help.title.usage')
    case 'Options:':
      return t('help.title.options')
    case 'Arguments:':
      return t('help.title.arguments')
    case 'Commands:':
      return t('help.title.commands')
    default:
      return title
  }
}
