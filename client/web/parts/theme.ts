// Light, dark, or as the system says; kept in this browser, the same in all its tabs.
import { useSyncExternalStore } from 'react'
import { onPreference, readPreference, writePreference } from '../state/preference.ts'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const listeners = new Set<() => void>()
const parse = (value: string | null): Theme => THEMES.find(theme => theme === value) ?? 'auto'
let current = parse(readPreference('theme'))

function apply(theme: Theme): void {
  current = theme
  document.documentElement.dataset.theme = theme
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
