// One conversation as the page holds it: everything said since `completeFrom`, in the log's order, each message once.
// Pages of history and the live feed are merged by the same function, so they may overlap in any way.
import type { Message } from '../../core/types.ts'

/** The account's id, not its name: a name can change hands. */
export type ConversationKey = 'everyone' | `with:${string}`

export interface Person {
  readonly id: string
  readonly username: string
}

export interface Conversation {
  readonly key: ConversationKey
  /** Who it is with; null: everyone. */
  readonly peer: Person | null
  /** Its account was deleted. */
  readonly isGone: boolean
  /** Ascending by cursor, without a gap, from `completeFrom` on. */
  readonly messages: readonly Message[]
  /** Nothing from here on is missing; null: no page has been read yet. */
  readonly completeFrom: string | null
  readonly hasEarlier: boolean
  /** The messages are a window further up, not joined to the newest ones: more follow, and live ones go past it. */
  readonly hasLater: boolean
  readonly loading: 'idle' | 'earlier' | 'later' | 'around' | 'failed'
}

/** Where the line "new messages" stands while a conversation is open. */
export interface UnreadLine {
  /** Everything up to this cursor was read when it was opened; null: nothing was. */
  readonly after: string | null
  /** How many were unread then. */
  readonly count: number
  /** The first of them, where it is among `messages`; null: it is not loaded (`Chat.loadUnread` does). */
  readonly id: string | null
}

/** Messages of one conversation kept in memory; others are read again when somebody scrolls to them. */
export const WINDOW_MESSAGES = 2_000
/** Of these, how many of the newest are kept beside a window further up. */
export const TAIL_MESSAGES = 200

export function conversationKey(message: Message, me: Person): ConversationKey {
  if (!message.to) return 'everyone'
  return `with:${message.from.id === me.id ? message.to.id : message.from.id}`
}

export function peerOf(message: Message, me: Person): Person | null {
  if (!message.to) return null
  return message.from.id === me.id ? message.to : message.from
}

/** Where a message with this cursor stands, or would stand. Within an epoch cursors sort as strings. */
export function placeOf(messages: readonly Message[], cursor: string): number {
  let low = 0
  let high = messages.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const found = messages[middle]
    if (found && found.cursor < cursor) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Both lists as one: ascending, each cursor once, the incoming copy of a message winning. Returns `held` itself when
 * nothing changes.
 */
export function mergeMessages(held: readonly Message[], incoming: readonly Message[]): readonly Message[] {
  const first = incoming[0]
  if (!first) return held
  const last = held.at(-1)
  if (!last || last.cursor < first.cursor)
    return isAscending(incoming) ? [...held, ...incoming] : sortOnce(held, incoming)
  const merged = held.slice()
  let changed = false
  for (const message of incoming) {
    const place = placeOf(merged, message.cursor)
    const there = merged[place]
    if (there?.cursor !== message.cursor) merged.splice(place, 0, message)
    else if (isSame(there, message)) continue
    else merged[place] = message
    changed = true
  }
  return changed ? merged : held
}

const isAscending = (messages: readonly Message[]) =>
  messages.every((message, index) => index === 0 || (messages[index - 1]?.cursor ?? '') < message.cursor)

function sortOnce(held: readonly Message[], incoming: readonly Message[]): readonly Message[] {
  const byCursor = new Map([...held, ...incoming].map(message => [message.cursor, message]))
  return [...byCursor.values()].sort((a, b) => (a.cursor < b.cursor ? -1 : 1))
}

const isSame = (a: Message, b: Message) =>
  a.id === b.id &&
  a.replyTo?.id === b.replyTo?.id &&
  a.text === b.text &&
  a.editedAt === b.editedAt &&
  a.deletedAt === b.deletedAt

/** Replaces those that are there, by cursor: edits and deletions of others are no news here. */
export function replaceMessages(held: readonly Message[], incoming: readonly Message[]): readonly Message[] {
  const there = incoming.filter(({ cursor }) => held[placeOf(held, cursor)]?.cursor === cursor)
  return there.length === 0 ? held : mergeMessages(held, there)
}

/** Whether this account may see it: a message of two others has no business here, whatever brought it. */
export function isFor({ from, to }: Message, me: Person): boolean {
  return to === null || from.id === me.id || to.id === me.id
}

/** Messages by others after `mark` that were not deleted, newest backwards, so that it costs only what is unread. */
export function unreadMessages(messages: readonly Message[], mark: string | null, me: Person): readonly Message[] {
  const unread: Message[] = []
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index]
    if (!message || (mark !== null && message.cursor <= mark)) break
    if (message.from.id !== me.id && message.deletedAt === null) unread.push(message)
  }
  return unread
}
