// Light, dark, or as the system says; kept in this browser, the same in all its tabs.
import { createChoice } from './choice.ts'

export const theme = createChoice('theme', ['auto', 'light', 'dark'])

/** As in index.html. */
const FRAME_LIGHT = '#f5f1e8'

function apply(): void {
  const chosen = theme.get()
  document.documentElement.dataset.theme = chosen
  // The browser's own frame follows: its colour for one appearance is asked for whatever the system has.
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
    const isLight = meta.content === FRAME_LIGHT
    meta.media =
      chosen === 'auto'
        ? `(prefers-color-scheme: ${isLight ? 'light' : 'dark'})`
        : isLight === (chosen === 'light')
          ? 'all'
          : 'not all'
  }
}

/** Before the first paint, and again when it is changed, here or in another tab. */
export function startTheme(): void {
  apply()
  theme.subscribe(apply)
}
