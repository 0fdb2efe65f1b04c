/** The languages of the course. */
export type Language = 'en' | 'zh'

export const LANGUAGES: readonly Language[] = ['en', 'zh']

/** A text a person reads, in every language of the course. */
export type Text = Readonly<Record<Language, string>>

/** A text in one language. */
export function inLanguage(text: Text, language: Language): string {
  return text[language]
}
