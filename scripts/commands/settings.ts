import { statSync } from 'node:fs'
import { delimiter, resolve } from 'node:path'
import { type Environment, environment } from '../environment.ts'
import { badInput } from '../errors.ts'
import { parseKubernetesVersion } from '../images/kubernetes-version.ts'
import { type Mirrors, parseMirrors } from '../images/registry/mirrors.ts'
import { SOURCE_NAMES, type SourceName } from '../images/source.ts'
import { languageOfLocale } from '../messages/choose-language.ts'
import type { Translate } from '../messages/translate.ts'
import { LANGUAGES, type Language } from '../text.ts'
import { parseDuration } from '../wait/duration.ts'
import { nearestTo } from '../catalog/find-lab.ts'

export const OUTPUTS = ['table', 'json'] as const
export type OutputFormat = (typeof OUTPUTS)[number]

/** The common flags as commander hands them over: strings as typed, nothing where a flag was not given. */
export interface CommonFlags {
  readonly name?: string
  readonly source?: string
  readonly kubernetes?: string
  readonly output?: string
  readonly lang?: string
  readonly quiet?: boolean
  readonly color?: boolean
  readonly timeout?: string
  readonly labs?: readonly string[]
  readonly mirror?: readonly string[]
  readonly up?: boolean
  readonly install?: boolean
}

/** What the common flags and `STATELAB_*` variables mean, checked. */
export interface Settings {
  readonly environment: Environment
  /** `undefined`: the first source that works. */
  readonly source: SourceName | undefined
  /** Where things come from instead of where they are published. */
  readonly mirrors: Mirrors
  /** Such as `v1.36.1`. `undefined`: the lock file's default. */
  readonly kubernetes: string | undefined
  readonly output: OutputFormat
  readonly language: Language
  readonly quiet: boolean
  readonly color: boolean
  /** A limit for the whole command. */
  readonly timeoutMs: number | undefined
  /** Absolute paths of folders with labs of one's own. */
  readonly labFolders: readonly string[]
  /** Whether a command that needs an environment may make one. */
  readonly mayUp: boolean
  /** Whether software may be installed on this machine. */
  readonly mayInstall: boolean
}

type Variables = Readonly<Record<string, string | undefined>>

/**
 * Reads flags first, then the variables of the same names, then defaults. Touches nothing.
 * @throws {StatelabError} `bad-input`, naming the flag or the variable that is wrong.
 */
export function resolveSettings(flags: CommonFlags, variables: Variables, cwd: string, t: Translate): Settings {
  const value = (flag: string | undefined, option: string): Given | undefined => given(flag, option, variables)
  const timeout = value(flags.timeout, 'timeout')
  const kubernetes = value(flags.kubernetes, 'kubernetes')
  const mirrors = mirrorsOf(flags.mirror ?? [], variables)
  const source = oneOf(SOURCE_NAMES, value(flags.source, 'source'), t)
  return {
    environment: environment(value(flags.name, 'name')?.text),
    // Who names a mirror of registries on the command line wants it used.
    source: source ?? (flags.mirror && mirrors.registries.length > 0 ? 'mirror' : undefined),
    mirrors,
    kubernetes: kubernetes && parseKubernetesVersion(kubernetes.text, kubernetes.origin),
    output: oneOf(OUTPUTS, value(flags.output, 'output'), t) ?? 'table',
    language: oneOf(LANGUAGES, value(flags.lang, 'lang'), t) ?? languageOfLocale(variables),
    quiet: flags.quiet ?? isOn(variables.STATELAB_QUIET),
    color: flags.color !== false && !isOn(variables.STATELAB_NO_COLOR),
    timeoutMs: timeout && parseDuration(timeout.text, timeout.origin),
    labFolders: labFolders(flags.labs ?? [], variables, cwd, t),
    mayUp: flags.up !== false && !isOn(variables.STATELAB_NO_UP),
    mayInstall: flags.install !== false && !isOn(variables.STATELAB_NO_INSTALL),
  }
}

interface Given {
  readonly text: string
  /** Where it came from, as a person would write it: `--source` or `STATELAB_SOURCE`. */
  readonly origin: string
}

function given(flag: string | undefined, option: string, variables: Variables): Given | undefined {
  if (flag !== undefined) return { text: flag, origin: `--${option}` }
  const origin = `STATELAB_${option.toUpperCase()}`
  const text = variables[origin]
  return text === undefined || text === '' ? undefined : { text, origin }
}

function oneOf<T extends string>(known: readonly T[], value: Given | undefined, t: Translate): T | undefined {
  if (!value) return undefined
  const found = known.find((each) => each === value.text)
  if (found !== undefined) return found
  const guess = nearestTo(value.text, known)
  throw badInput(
    t('error.unknownValue', { origin: value.origin, value: JSON.stringify(value.text) }),
    guess === undefined ? t('error.useOneOf', { values: known.join(', ') }) : t('error.didYouMean', { guess }),
  )
}

function mirrorsOf(flags: readonly string[], variables: Variables): Mirrors {
  if (flags.length > 0) return parseMirrors(flags)
  const values = (variables.STATELAB_MIRROR ?? '').split(',').map((value) => value.trim())
  return parseMirrors(
    values.filter((value) => value !== ''),
    'STATELAB_MIRROR',
  )
}

function labFolders(flags: readonly string[], variables: Variables, cwd: string, t: Translate): string[] {
  const named = flags.length > 0 ? flags : (variables.STATELAB_LABS ?? '').split(delimiter).filter((folder) => folder !== '')
  return named.map((folder) => {
    const path = resolve(cwd, folder)
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw badInput(t('error.noLabFolder', { folder: JSON.stringify(folder) }), t('error.noLabFolder.fix'))
    }
    return path
  })
}

function isOn(variable: string | undefined): boolean {
  return variable !== undefined && !['', '0', 'false', 'no', 'off'].includes(variable.toLowerCase())
}
