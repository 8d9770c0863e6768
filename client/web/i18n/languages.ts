// The languages that there are. Only the one that is spoken is loaded.
import type { Catalogue } from './catalogue.ts'

export type Locale = Catalogue['locale']

export interface LanguageChoice {
  readonly locale: Locale
  /** What its speakers call it. */
  readonly ownName: string
  load(): Promise<Catalogue>
}

export const LANGUAGES: readonly [LanguageChoice, LanguageChoice] = [
  { locale: 'pt-BR', ownName: 'Português', load: async () => (await import('./pt-br.ts')).ptBr },
  { locale: 'en', ownName: 'English', load: async () => (await import('./en.ts')).en },
]

export const languageOf = (tag: string) => tag.toLowerCase().split('-')[0]

/**
 * What was chosen, else the first of these that there is, else English.
 *
 * @param preferred the browser's languages, best first
 */
export function pickLanguage(chosen: string | null, preferred: readonly string[]): LanguageChoice {
  const byChoice = LANGUAGES.find(({ locale }) => locale === chosen)
  if (byChoice) return byChoice
  for (const tag of preferred) {
    const match = LANGUAGES.find(({ locale }) => languageOf(locale) === languageOf(tag))
    if (match) return match
  }
  return LANGUAGES[1]
}
