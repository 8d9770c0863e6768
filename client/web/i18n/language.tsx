// Which language the page speaks: what was chosen here before, else the browser's. Gives every component its words,
// and the reader's own formats of dates and times (their region, where it speaks that language).
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { readPreference, writePreference } from '../state/preference.ts'
import type { Catalogue } from './catalogue.ts'
import { en } from './en.ts'
import { ptBr } from './pt-br.ts'

export const CATALOGUES: readonly Catalogue[] = [ptBr, en]

export interface Language {
  readonly words: Catalogue
  /** For Intl: the browser's own variant of the language where there is one, such as en-GB. */
  readonly formatLocale: string
  readonly choose: (locale: Catalogue['locale']) => void
}

const LanguageContext = createContext<Language | null>(null)

const languageOf = (tag: string) => tag.toLowerCase().split('-')[0]

/** @param preferred the browser's languages, best first */
export function pickCatalogue(chosen: string | null, preferred: readonly string[]): Catalogue {
  const byChoice = CATALOGUES.find(catalogue => catalogue.locale === chosen)
  if (byChoice) return byChoice
  for (const tag of preferred) {
    const match = CATALOGUES.find(catalogue => languageOf(catalogue.locale) === languageOf(tag))
    if (match) return match
  }
  return en
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [words, setWords] = useState(() => pickCatalogue(readPreference('language'), navigator.languages))

  useEffect(() => {
    document.documentElement.lang = words.locale
  }, [words])

  const choose = useCallback((locale: Catalogue['locale']) => {
    writePreference('language', locale)
    setWords(pickCatalogue(locale, []))
  }, [])

  const language = useMemo(() => {
    const own = navigator.languages.find(tag => languageOf(tag) === languageOf(words.locale))
    return { words, formatLocale: own ?? words.locale, choose }
  }, [words, choose])

  return <LanguageContext value={language}>{children}</LanguageContext>
}

export function useLanguage(): Language {
  const language = useContext(LanguageContext)
  if (!language) throw new Error('useLanguage needs a LanguageProvider around it')
  return language
}

export function useWords(): Catalogue {
  return useLanguage().words
}
