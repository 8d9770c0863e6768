// Light, dark, or as the system says; kept in this browser, the same in all its tabs.
import { useSyncExternalStore } from 'react'
import { onPreference, readPreference, writePreference } from '../state/preference.ts'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** As in index.html. */
const FRAME_LIGHT = '#f5f1e8'

const listeners = new Set<() => void>()
const parse = (value: string | null): Theme => THEMES.find(theme => theme === value) ?? 'auto'
let current = parse(readPreference('theme'))

function apply(theme: Theme): void {
  current = theme
  document.documentElement.dataset.theme = theme
  // The browser's own frame follows: its colour for one appearance is asked for whatever the system has.
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
    const isLight = meta.content === FRAME_LIGHT
    meta.media =
      theme === 'auto'
        ? `(prefers-color-scheme: ${isLight ? 'light' : 'dark'})`
        : isLight === (theme === 'light')
          ? 'all'
          : 'not all'
  }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Before the first paint, and again when another tab changes it. */
export function startTheme(): void {
  apply(current)
  onPreference('theme', value => apply(parse(value)))
}

export function chooseTheme(theme: Theme): void {
  writePreference('theme', theme)
  apply(theme)
}

export const useTheme = () => useSyncExternalStore(subscribe, () => current)
