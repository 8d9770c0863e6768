// The language and the appearance, where they can be changed: on the enter screen and in the settings.
import { useLanguage } from '../i18n/language.tsx'
import { LANGUAGES } from '../i18n/languages.ts'
import { useChoice } from './choice.ts'
import { Segmented } from './segmented.tsx'
import { theme } from './theme.ts'

export function Preferences() {
  const { words, locale, choose } = useLanguage()
  const chosen = useChoice(theme)
  return (
    <div className="preferences">
      <Segmented
        legend={words.language.label}
        options={LANGUAGES.map(({ locale: value, ownName }) => ({ value, label: ownName, lang: value }))}
        value={locale}
        onChoose={choose}
      />
      <Segmented
        legend={words.theme.label}
        options={theme.values.map(value => ({ value, label: words.theme[value] }))}
        value={chosen}
        onChoose={theme.choose}
      />
    </div>
  )
}
