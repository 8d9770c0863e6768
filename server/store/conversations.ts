// How far accounts have read, and the list of their conversations: the part of a store's contract (store.ts) that is about
// conversations. A conversation is an account and its peer: another account, the account itself (notes), or everyone.
import type { AccountRef, MessageEntry, Position } from '../domain/entry.ts'

/** Counting what is unread stops here. */
export const UNREAD_MOST = 1_000
/**
 * Messages of one conversation that are looked at for that, the newest first: who has written thousands without noting
 * that the answers were read may be told of fewer than there are, and nobody pays for more.
 */
export const UNREAD_LOOKED_AT = 4_000
/** Positions in one list of them, the newest first. */
export const READ_POSITIONS_MOST = 1_000

/** How far an account has read one conversation. */
export interface ReadPosition {
  /** The other account, deleted or not; null: everyone. */
  readonly peer: AccountRef | null
  readonly position: Position
}

/** What is noted now, and whether this call has moved it. */
export interface Marked {
  readonly position: Position
  readonly moved: boolean
}

export interface Conversation {
  /** As of `ReadPosition`. */
  readonly peer: AccountRef | null
  /** The newest message that is kept, deleted or not. Null for everyone's alone, where there is none. */
  readonly latest: MessageEntry | null
  /** Null: nothing is noted. The place itself may have been trimmed. */
  readonly readUpTo: Position | null
  /**
   * Messages of others after `readUpTo`, and after the account was made, that were not deleted: at most `UNREAD_MOST`, of
   * the newest `UNREAD_LOOKED_AT`.
   */
  readonly unread: number
}

export interface ConversationsQuery {
  /** The account that looks. */
  readonly viewer: string
  /** Exclusive: only those whose newest message is before it. */
  readonly before?: Position
  readonly limit: number
}

/** A conversation's place in the list. */
export interface Place<Peer> {
  readonly peer: Peer
  /** The newest message that is kept; null: there is none, in everyone's alone. */
  readonly newest: Position | null
}

/**
 * Everyone's conversation at its place among the others, unless it is beyond the edge.
 * @param others by their newest message, descending, all below `edge`
 */
export function withEveryone<Peer>(
  others: readonly Place<Peer>[],
  everyone: Place<Peer>,
  edge: Position,
  limit: number,
): readonly Place<Peer>[] {
  const { newest } = everyone
  if (newest !== null && newest >= edge) return others
  const older = newest === null ? -1 : others.findIndex(other => (other.newest ?? 0) < newest)
  const places = older < 0 ? [...others, everyone] : others.toSpliced(older, 0, everyone)
  return places.slice(0, limit)
}

export interface ConversationStore {
  /**
   * Notes how far an account has read, durably and forward only: a position that is not above what is noted changes
   * nothing. Null: the account has been deleted.
   * @param peer null: everyone
   */
  markRead(accountId: string, peer: AccountRef | null, position: Position): Promise<Marked | null>
  /** What is noted of an account, the newest position first, at most `READ_POSITIONS_MOST`. */
  readPositions(accountId: string): Promise<readonly ReadPosition[]>
  /**
   * The conversations that have a message, and everyone's also without one (then it is the last), the newest first. What it
   * costs grows with the number of conversations, not of messages. Empty where there is no such account (any more).
   */
  conversations(query: ConversationsQuery): Promise<readonly Conversation[]>
}
