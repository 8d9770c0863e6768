// Which of the account's dialogs is open; the menu, a shortcut or a bar may open one.
import { useSyncExternalStore } from 'react'

export type AccountDialog = 'settings' | 'devices' | 'add-device' | 'password' | 'invite' | 'leave' | 'delete'

let current: AccountDialog | null = null
const listeners = new Set<() => void>()

export function openAccountDialog(dialog: AccountDialog | null): void {
  current = dialog
  for (const listener of listeners) listener()
}

export const closeAccountDialog = () => openAccountDialog(null)

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useAccountDialog = () => useSyncExternalStore(subscribe, () => current)
