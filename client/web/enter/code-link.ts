// A link that lets this device in: `#code=ABCD-EFGH` at the end of the page's address, as the first device's QR code has
// it. It is taken off the address at once, before anything else reads it: it stays in no history and no bookmark.
import { useSyncExternalStore } from 'react'

const CODE = /^#code=([\p{L}\p{N}-]{1,32})$/u

let code: string | null = null
const listeners = new Set<() => void>()

function set(next: string | null): void {
  code = next
  for (const listener of listeners) listener()
}

function take(): void {
  if (!location.hash.startsWith('#code=')) return
  const [, found] = CODE.exec(location.hash) ?? []
  history.replaceState(history.state, '', location.pathname + location.search)
  set(found ?? null)
}

/** Before anything else reads the address. */
export function startCodeLink(): void {
  take()
  addEventListener('hashchange', take)
}

/** The address for such a link. */
export const hrefOfCode = (value: string) => `${new URL('.', location.href).href}#code=${value}`

export const forgetLinkedCode = () => set(null)

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Null: there is none. */
export const useLinkedCode = () => useSyncExternalStore(subscribe, () => code)
