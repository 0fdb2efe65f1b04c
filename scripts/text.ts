/** The languages of the course. */
export type Language = 'en' | 'zh'

export const LANGUAGES: readonly Language[] = ['en', 'zh']

/** A text a person reads, in every language of the course. */
export type Text = Readonly<Record<Language, string>>

/** A text in one language. What exists in no other stays as it is. */
export function inLanguage(text: Text | string, language: Language): string {
  return typeof text === 'string' ? text : text[language]
}
