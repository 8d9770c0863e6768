// A link that lets somebody new in: `#convite=…` at the end of the page's address. It is taken off the address at once,
// before anything else reads it, and kept for this tab until somebody has entered: behind the `#` it is in no server's log.
import { useSyncExternalStore } from 'react'

const PREFIX = '#convite='
const INVITATION = /^[\w-]{1,64}$/
const KEPT = 'recado.invitation'

const listeners = new Set<() => void>()

function take(): void {
  if (!location.hash.startsWith(PREFIX)) return
  const found = location.hash.slice(PREFIX.length)
  history.replaceState(history.state, '', location.pathname + location.search)
  if (INVITATION.test(found)) keep(found)
}

function keep(invitation: string | null): void {
  if (invitation === null) sessionStorage.removeItem(KEPT)
  else sessionStorage.setItem(KEPT, invitation)
  for (const listener of listeners) listener()
}

/** Before anything else reads the address. */
export function startInvitationLink(): void {
  take()
  addEventListener('hashchange', take)
}

/** Somebody has entered with it, or it is no good. */
export const forgetInvitation = () => keep(null)

/** The secret in what somebody pasted: a whole link, or the end of it. */
export function invitationIn(pasted: string): string {
  return pasted.trim().split(PREFIX).at(-1)?.trim() ?? ''
}

/** The address for such a link. */
export const hrefOfInvitation = (token: string) => `${new URL('.', location.href).href}${PREFIX}${token}`

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Null: there is none. */
export const useInvitation = () => useSyncExternalStore(subscribe, () => sessionStorage.getItem(KEPT))
