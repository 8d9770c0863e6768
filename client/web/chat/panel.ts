// Which of the dialogs over the chat is open; any part of the page may open one. What they are made of is fetched after
// everything that reading and writing need, and before anybody wants it.
import { useSyncExternalStore } from 'react'
import type { Person } from '../model/conversation.ts'

export type Panel =
  | { readonly kind: 'switcher' }
  | { readonly kind: 'help' }
  | { readonly kind: 'search'; readonly text: string }
  | { readonly kind: 'person'; readonly person: Person }

let current: Panel | null = null
const listeners = new Set<() => void>()

function set(panel: Panel | null): void {
  current = panel
  for (const listener of listeners) listener()
}

export const openSwitcher = () => set({ kind: 'switcher' })
export const openHelp = () => set({ kind: 'help' })
export const openSearch = (text = '') => set({ kind: 'search', text })
export const openPerson = ({ id, username }: Person) => set({ kind: 'person', person: { id, username } })
/** Whatever is open, or only this: what is closed may say so once the next one is open. */
export function closePanel(kind?: Panel['kind']): void {
  if (kind === undefined || current?.kind === kind) set(null)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const usePanel = () => useSyncExternalStore(subscribe, () => current)

export const loadSwitcher = () => import('./switcher.tsx')
export const loadSearchDialog = () => import('./search-dialog.tsx')
export const loadPersonDialog = () => import('./person-dialog.tsx')
export const loadHelpDialog = () => import('./help-dialog.tsx')
export const loadClipboard = () => import('../browser/clipboard.ts')
export const loadMessageMenu = () => import('./message-menu.tsx')
export const loadRemoveDialog = () => import('./remove-dialog.tsx')

const LATER = [
  loadMessageMenu,
  loadSwitcher,
  loadSearchDialog,
  loadHelpDialog,
  loadRemoveDialog,
  loadPersonDialog,
  loadClipboard,
]
const LATER_MS = 2_000

/** Resolves when the page has nothing better to do. */
const idle = () =>
  new Promise(resolve => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(resolve, { timeout: LATER_MS })
    // Safari.
    else setTimeout(resolve, 100)
  })

/** Fetches them once the page has had time for what is seen first, one after the other. @returns stops it */
export function preparePanels(): () => void {
  let isOver = false
  async function prepare(): Promise<void> {
    for (const load of LATER) {
      await idle()
      if (isOver) return
      await load().catch(() => {
        // Without a network it is asked for again when it is opened.
      })
    }
  }
  const timer = setTimeout(prepare, LATER_MS)
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}
