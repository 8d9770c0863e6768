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
  /** Ascending by cursor, without a gap, from `completeFrom` on. */
  readonly messages: readonly Message[]
  /** Nothing from here on is missing; null: nothing at all is missing, or nothing is known yet. */
  readonly completeFrom: string | null
  readonly hasEarlier: boolean
  readonly loading: 'idle' | 'earlier' | 'failed'
}

/** Messages of one conversation kept in memory; older ones are read again when somebody scrolls up to them. */
export const KEPT_MESSAGES = 2_000
/** As long as somebody reads further up, so that what is read does not vanish under them. */
export const HELD_MESSAGES = 10_000

export function conversationKey(message: Message, me: Person): ConversationKey {
  if (!message.to) return 'everyone'
  return `with:${message.from.id === me.id ? message.to.id : message.from.id}`
}

export function peerOf(message: Message, me: Person): Person | null {
  if (!message.to) return null
  return message.from.id === me.id ? message.to : message.from
}

/** Where a message with this cursor stands, or would stand. Within an epoch cursors sort as strings. */
function placeOf(messages: readonly Message[], cursor: string): number {
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
  a.id === b.id && a.text === b.text && a.editedAt === b.editedAt && a.deletedAt === b.deletedAt

/** Forgets the oldest messages beyond so many. */
export function trimmed(conversation: Conversation, limit: number): Conversation {
  if (conversation.messages.length <= limit) return conversation
  const messages = conversation.messages.slice(-limit)
  return { ...conversation, messages, completeFrom: messages[0]?.cursor ?? null, hasEarlier: true }
}

/** Messages by others after `mark`, newest backwards, so that it costs only what is unread. */
export function countUnread(messages: readonly Message[], mark: string | null, me: Person): number {
  let unread = 0
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index]
    if (!message || (mark !== null && message.cursor <= mark)) break
    if (message.from.id !== me.id) unread++
  }
  return unread
}
