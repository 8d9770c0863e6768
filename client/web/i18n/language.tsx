// Which language the page speaks: what was chosen here before, else the browser's. Gives every component its words,
// and the reader's own formats of dates and times (their region, where it speaks that language).
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { readPreference, writePreference } from '../browser/preference.ts'
import type { Catalogue } from './catalogue.ts'
import { LANGUAGES, type Locale, languageOf, pickLanguage } from './languages.ts'

export interface Language {
  readonly words: Catalogue
  /** What was chosen: its words may still be on their way. */
  readonly locale: Locale
  /** For Intl: the browser's own variant of the language where there is one, such as en-GB. */
  readonly formatLocale: string
  readonly choose: (locale: Locale) => void
}

const LanguageContext = createContext<Language | null>(null)

/** The words to begin with. */
export const loadWords = () => pickLanguage(readPreference('language'), navigator.languages).load()

interface LanguageProviderProps {
  readonly first: Catalogue
  readonly children: ReactNode
}

export function LanguageProvider({ first, children }: LanguageProviderProps) {
  const [words, setWords] = useState(first)
  const [locale, setLocale] = useState(first.locale)

  useEffect(() => {
    document.documentElement.lang = words.locale
  }, [words])

  const choose = useCallback((chosen: Locale) => {
    writePreference('language', chosen)
    setLocale(chosen)
    LANGUAGES.find(language => language.locale === chosen)
      ?.load()
      // Without a connection the words can't be had: it is spoken the next time the page opens.
      .then(setWords, () => {})
  }, [])

  const language = useMemo(() => {
    const own = navigator.languages.find(tag => languageOf(tag) === languageOf(words.locale))
    return { words, locale, formatLocale: own ?? words.locale, choose }
  }, [words, locale, choose])

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
