import { LANGUAGES, type Language } from '../text.ts'

/**
 * The language of a locale such as `zh_CN.UTF-8`. POSIX reads LC_ALL before LC_MESSAGES before LANG.
 * @returns `en` for everything that has no translation.
 */
export function languageOfLocale(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value !== undefined && value !== '') ?? ''
  const language = locale.toLowerCase().split(/[_.@-]/)[0]
  return LANGUAGES.find((known) => known === language) ?? 'en'
}
