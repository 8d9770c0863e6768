// Where the line "new messages" stands in the conversation that is on the screen: worked out when it was opened, or while
// nobody was looking, and frozen from then on, so that it stays while what is below it is read.
import type { Message } from '../../core/types.ts'
import { type Conversation, type Person, placeOf, type UnreadLine, unreadMessages } from '../model/conversation.ts'

export interface FrozenLine extends UnreadLine {
  /** The newest message then: what came later is not counted. */
  readonly until: string | null
}

/** Null: nothing is unread. */
export function freezeLine(
  mark: { readonly readUpTo: string | null; readonly unread: number },
  tail: readonly Message[],
): FrozenLine | null {
  if (mark.unread === 0) return null
  return { after: mark.readUpTo, count: mark.unread, id: null, until: tail.at(-1)?.cursor ?? null }
}

/** The same line, with the first unread message's id once that message is loaded. */
export function placeLine(line: FrozenLine, conversation: Conversation, me: Person): FrozenLine {
  if (line.id !== null) return line
  const { messages, hasEarlier } = conversation
  const end = line.until === null ? messages.length : placeOf(messages, line.until) + 1
  const unread = unreadMessages(messages.slice(0, end), line.after, me)
  const first = messages[0]?.cursor
  const isThere =
    line.after === null
      ? unread.length >= line.count || !hasEarlier
      : !hasEarlier || (first !== undefined && first <= line.after)
  // Where nothing was ever read, the count alone tells how far back it goes: newest first.
  const found = isThere ? (line.after === null ? (unread[line.count - 1] ?? unread.at(-1)) : unread.at(-1)) : undefined
  return found ? { ...line, id: found.id } : line
}
