import { languageOfLocale } from '../messages/choose-language.ts'
import { LANGUAGES, type Language } from '../text.ts'

/** What must be known before the command line is understood: how to speak about what is wrong with it. */
export interface Peek {
  readonly language: Language
  readonly json: boolean
  readonly color: boolean
}

/** Looks for the flags that decide how errors are written. Forgiving: what is wrong is reported later, by `resolveSettings`. */
export function peek(argv: readonly string[], variables: Readonly<Record<string, string | undefined>>): Peek {
  const own = untilPassedThrough(argv)
  const asked = flagValue(own, ['--lang']) ?? variables.STATELAB_LANG
  const output = flagValue(own, ['-o', '--output']) ?? variables.STATELAB_OUTPUT
  return {
    language: LANGUAGES.find((known) => known === asked) ?? languageOfLocale(variables),
    json: output === 'json',
    color: !own.includes('--no-color'),
  }
}

/** What follows `kubectl` or `--` belongs to another program: `kubectl get pods -o json` is not our `-o`. */
function untilPassedThrough(argv: readonly string[]): readonly string[] {
  const end = argv.findIndex((word) => word === 'kubectl' || word === '--')
  return end === -1 ? argv : argv.slice(0, end)
}

function flagValue(argv: readonly string[], names: readonly string[]): string | undefined {
  let value: string | undefined
  for (const [index, word] of argv.entries()) {
    for (const name of names) {
      if (word === name) value = argv[index + 1]
      else if (name.startsWith('--') && word.startsWith(`${name}=`)) value = word.slice(name.length + 1)
      else if (!name.startsWith('--') && word.startsWith(name) && word.length > name.length) value = word.slice(name.length)
    }
  }
  return value
}
