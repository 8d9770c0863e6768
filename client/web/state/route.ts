// Which conversation is open, kept in the address so that the back button, reload and bookmarks work: `#/` the list,
// `#/everyone`, `#/with/joao`; `#/with/~id` for an account whose name is somebody else's now (no name begins with ~).

import { foldName } from '../../core/name.ts'
import type { Person } from '../model/conversation.ts'

export type Route =
  | { readonly pane: 'list' }
  | { readonly pane: 'everyone' }
  | { readonly pane: 'with'; readonly name: string }

const LIST: Route = { pane: 'list' }

export function parseRoute(hash: string): Route {
  const [, kind, name] = hash.replace(/^#/, '').split('/')
  if (kind === 'everyone') return { pane: 'everyone' }
  if (kind !== 'with' || !name) return LIST
  try {
    return { pane: 'with', name: decodeURIComponent(name) }
  } catch {
    return LIST
  }
}

interface Routed {
  /** Null: everyone. */
  readonly peer: Person | null
  readonly changedHands: boolean
}

export const LIST_HREF = '#/'
export const hrefOfPerson = (name: string) => `#/with/${encodeURIComponent(name)}`

export function hrefOf({ peer, changedHands }: Routed): string {
  if (!peer) return '#/everyone'
  return hrefOfPerson(changedHands ? `~${peer.id}` : peer.username)
}

export function matchesRoute({ peer, changedHands }: Routed, name: string): boolean {
  if (!peer) return false
  if (name.startsWith('~')) return peer.id === name.slice(1)
  return !changedHands && foldName(peer.username) === foldName(name)
}

export function subscribeToRoute(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

export const readRoute = () => location.hash
