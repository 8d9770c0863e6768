// The language and the appearance, where they can be changed: on the enter screen and in the menu.
import { CATALOGUES, useLanguage } from '../i18n/language.tsx'
import { Segmented } from './segmented.tsx'
import { chooseTheme, THEMES, useTheme } from './theme.ts'

export function Preferences() {
  const { words, choose } = useLanguage()
  const theme = useTheme()
  return (
    <div className="preferences">
      <Segmented
        legend={words.language.label}
        options={CATALOGUES.map(({ locale, ownName }) => ({ value: locale, label: ownName, lang: locale }))}
        value={words.locale}
        onChoose={choose}
      />
      <Segmented
        legend={words.theme.label}
        options={THEMES.map(value => ({ value, label: words.theme[value] }))}
        value={theme}
        onChoose={chooseTheme}
      />
    </div>
  )
}
