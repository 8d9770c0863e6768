// What waits in the outbox → the marks that conversations show at their end. An entry whose message has already come
// back by the feed (the acknowledgement and the feed are not ordered, FEED-8) is not shown a second time.

import { foldName } from '../../core/name.ts'
import type { Message, Outgoing } from '../../core/types.ts'
import type { ConversationKey, Person } from '../model/conversation.ts'
import type { Directory } from './directory.ts'
import { readTyped } from './typed-text.ts'

export interface Pending {
  readonly nonce: string
  /** What its reader will see. */
  readonly text: string
  /** What was typed: put back into the composer for editing. */
  readonly typed: string
  /** Null: everyone. */
  readonly to: string | null
  /** The id of the message that it answers; null: none. */
  readonly replyTo: string | null
  /** Milliseconds since 1970, by this device. */
  readonly createdAt: number
  readonly state: Outgoing['state']
  readonly code: string | null
}

/** One's own message, and when this page first saw it, in milliseconds since 1970. */
export interface OwnArrival {
  readonly message: Message
  readonly at: number
}

/** Where an entry is going: a name, null for everyone; and the text without its command. */
export function destinationOf(entry: Outgoing): { readonly to: string | null; readonly text: string } {
  if (entry.to !== undefined) return { to: entry.to, text: entry.text }
  const typed = readTyped(entry.text)
  if (typed.kind === 'private') return { to: typed.to, text: typed.text }
  return { to: null, text: typed.kind === 'plain' ? typed.text : entry.text }
}

const hasArrived = (pending: Pending, arrival: OwnArrival) =>
  arrival.at >= pending.createdAt &&
  arrival.message.text === pending.text &&
  (arrival.message.to === null
    ? pending.to === null
    : pending.to !== null && foldName(arrival.message.to.username) === foldName(pending.to))

export interface OwnArrivals {
  /** Oldest first. */
  readonly list: readonly OwnArrival[]
  /** @param seenAt when this page first saw them; null: take each message's own time */
  add(messages: readonly Message[], seenAt: number | null): void
  forget(): void
}

/** As many as may have come while one acknowledgement was under way. */
const ARRIVALS_KEPT = 50

export function createOwnArrivals(me: Person): OwnArrivals {
  let list: readonly OwnArrival[] = []
  return {
    get list() {
      return list
    },
    add(messages, seenAt) {
      const known = new Set(list.map(({ message }) => message.id))
      const fresh = messages.filter(({ id, from }) => from.id === me.id && !known.has(id))
      if (fresh.length === 0) return
      const arrivals = fresh.map(message => ({ message, at: seenAt ?? Date.parse(message.sentAt) }))
      list = [...list, ...arrivals].slice(-ARRIVALS_KEPT)
    },
    forget() {
      list = []
    },
  }
}

/** @param arrivals one's own messages that came lately, oldest first */
export function placePending(
  entries: readonly Outgoing[],
  arrivals: readonly OwnArrival[],
  directory: Directory,
): ReadonlyMap<ConversationKey, readonly Pending[]> {
  const pendingByConversation = new Map<ConversationKey, Pending[]>()
  const unclaimed = [...arrivals]
  for (const entry of entries) {
    const pending: Pending = {
      ...destinationOf(entry),
      nonce: entry.nonce,
      typed: entry.text,
      replyTo: entry.replyTo ?? null,
      createdAt: entry.createdAt,
      state: entry.state,
      code: entry.code ?? null,
    }
    const arrived = entry.state === 'refused' ? -1 : unclaimed.findIndex(arrival => hasArrived(pending, arrival))
    if (arrived >= 0) {
      unclaimed.splice(arrived, 1)
      continue
    }
    // Somebody this page has never seen has no conversation yet: the mark stays where it was typed.
    const person = pending.to === null ? null : directory.byName(pending.to)
    const key: ConversationKey = person ? `with:${person.id}` : 'everyone'
    const list = pendingByConversation.get(key)
    if (list) list.push(pending)
    else pendingByConversation.set(key, [pending])
  }
  return pendingByConversation
}
