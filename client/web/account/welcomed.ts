// Devices that somebody at this page has just let in, and was told of: about these nobody has to be asked.
import { useSyncExternalStore } from 'react'

let welcomed: ReadonlySet<string> = new Set()
const listeners = new Set<() => void>()

export function welcomeDevice(id: string): void {
  if (welcomed.has(id)) return
  welcomed = new Set([...welcomed, id])
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Ids. */
export const useWelcomed = () => useSyncExternalStore(subscribe, () => welcomed)
