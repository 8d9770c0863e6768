// A link that lets somebody new in: `#convite=…` at the end of the page's address. It is taken off the address at once,
// before anything else reads it, and kept for this tab until somebody has entered: behind the `#` it is in no server's log.
import { useSyncExternalStore } from 'react'
import { INVITATION_FRAGMENT } from '../../core/invitation-link.ts'

const INVITATION = /^[\w-]{1,64}$/
const KEPT = 'recado.invitation'

const listeners = new Set<() => void>()

function take(): void {
  if (!location.hash.startsWith(INVITATION_FRAGMENT)) return
  const found = location.hash.slice(INVITATION_FRAGMENT.length)
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

/** The address for such a link. */
export const hrefOfInvitation = (token: string) => `${new URL('.', location.href).href}${INVITATION_FRAGMENT}${token}`

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Null: there is none. */
export const useInvitation = () => useSyncExternalStore(subscribe, () => sessionStorage.getItem(KEPT))
