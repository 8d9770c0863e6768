// Where a few typed letters may lead: conversations with something unread first, then the others, then people without one.
import { foldName } from '../../core/name.ts'
import type { Catalogue } from '../i18n/catalogue.ts'
import type { Person } from '../model/conversation.ts'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { findPeople } from '../state/people.ts'
import { hrefOf, hrefOfPerson } from '../state/route.ts'
import { nameOf } from './place.ts'

export interface Destination {
  readonly href: string
  /** Null: everyone. */
  readonly peer: Person | null
  readonly online: boolean
  readonly unread: number
}

interface Surroundings {
  readonly chat: Chat
  readonly view: ChatView
  readonly words: Catalogue
}

const SHOWN = 12

export function findDestinations(typed: string, { chat, view, words }: Surroundings): readonly Destination[] {
  const letters = foldName(typed.trim().replace(/^[@\uFF20]/u, ''))
  const conversations = view.conversations
    .filter(({ peer }) => foldName(nameOf(peer, chat.me, words)).includes(letters))
    .map(conversation => ({ ...conversation, href: hrefOf(conversation) }))
    .sort((a, b) => rank(a, letters) - rank(b, letters))
  const known = new Set(view.conversations.map(({ peer }) => peer?.id))
  const people = findPeople(letters, { online: view.online, others: chat.people(), me: chat.me })
    .filter(person => !known.has(person.id))
    .map(peer => ({ href: hrefOfPerson(peer.username), peer, online: view.onlineIds.has(peer.id), unread: 0 }))
  return [...conversations, ...people].slice(0, SHOWN)
}

function rank({ peer, unread }: Destination, letters: string): number {
  const isBeginning = peer !== null && foldName(peer.username).startsWith(letters)
  return (letters === '' || isBeginning ? 0 : 2) + (unread > 0 ? 0 : 1)
}
