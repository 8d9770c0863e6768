// What the log holds. A position is one strictly rising number (microseconds of the clock, pushed forward by a small
// random stride), so it orders everything and counts nothing. Entries are immutable: share them, never copy them.

/** Microseconds since 1970, always below 2^53. 0 is the origin: before everything. */
export type Position = number

export const ORIGIN: Position = 0

/** The account as a message shows it. */
export interface AccountRef {
  /** Random, never reused. */
  readonly id: string
  /** As its owner wrote it. */
  readonly username: string
}

/** What a message answers, without what that one says. */
export interface MessageRef {
  readonly messageId: string
  readonly position: Position
  readonly from: AccountRef
}

/** A message that entered the log at `position`, as it is now. */
export interface MessageEntry {
  readonly kind: 'added'
  readonly position: Position
  /** Random and stable. */
  readonly messageId: string
  readonly from: AccountRef
  /** null: public. */
  readonly to: AccountRef | null
  /** The latest one; empty once it was deleted. */
  readonly text: string
  /** Milliseconds since 1970, by the server's clock. */
  readonly sentAt: number
  /** Null: it answers none, or one that is no longer kept. */
  readonly replyTo: MessageRef | null
  /** When its text last changed, in milliseconds since 1970; null: never. */
  readonly editedAt: number | null
  /** When it was deleted; null: it was not. */
  readonly deletedAt: number | null
  /** Where the latest edit or deletion of it is; ORIGIN: there is none. Of two states of a message the higher is newer. */
  readonly revised: Position
}

/** What a message is until it is edited or deleted. */
export const UNREVISED = { editedAt: null, deletedAt: null, revised: ORIGIN } as const

/**
 * A message was edited or deleted: an entry of its own. `from` and `to` are the message's, so that who sees the one sees
 * the other.
 */
export interface RevisionEntry {
  readonly kind: 'edited' | 'deleted'
  readonly position: Position
  readonly from: AccountRef
  readonly to: AccountRef | null
  /** Milliseconds since 1970. */
  readonly at: number
  /**
   * The message as it is now, which may be later than this revision: no entry ever holds a text that was replaced. One
   * that was trimmed is as if this revision had deleted it (`tombstoneOf`).
   */
  readonly message: MessageEntry
}

/** Everything the log may hold. */
export type Entry = MessageEntry | RevisionEntry

export function isRevision(item: LogItem): item is RevisionEntry {
  return item.kind === 'edited' || item.kind === 'deleted'
}

/** The message that an entry is of. */
export function messageOf(entry: Entry): MessageEntry {
  return entry.kind === 'added' ? entry : entry.message
}

/** The entry with a later state of its message. */
export function withMessage(entry: Entry, message: MessageEntry): Entry {
  return entry.kind === 'added' ? message : { ...entry, message }
}

/** Whether `message` is a later state of the same message than `other`. Nothing comes after its deletion. */
export function isLater(message: MessageEntry, other: MessageEntry): boolean {
  return other.deletedAt === null && (message.deletedAt !== null || message.revised > other.revised)
}

/** A message of which nothing is left but that it was. */
export function tombstoneOf(message: MessageEntry, deletedAt: number): MessageEntry {
  return { ...message, text: '', replyTo: null, editedAt: null, deletedAt }
}

/** An entry as it is read once everything up to `floor` has been trimmed; the same one where that changes nothing. */
export function afterTrim(entry: Entry, floor: Position): Entry {
  if (entry.kind !== 'added' && entry.message.position <= floor) {
    const message = { ...tombstoneOf(entry.message, entry.at), revised: entry.position }
    return { ...entry, kind: 'deleted', message }
  }
  const message = messageOf(entry)
  if (message.replyTo === null || message.replyTo.position > floor) return entry
  return withMessage(entry, { ...message, replyTo: null })
}

/**
 * What a node knows of a private entry when it serves neither of its two accounts: that it is there and whose it is, so
 * that the chain of positions is whole. Never rendered.
 */
export interface Stub {
  readonly kind: 'stub'
  readonly position: Position
  readonly from: { readonly id: string }
  readonly to: { readonly id: string }
  /** It is an edit or a deletion of the message that is there; nothing more is said of it. */
  readonly revises?: Position
}

/** What a node may hold of one place in the log. Only an `Entry` can be rendered. */
export type LogItem = Entry | Stub

/** One link of the log's chain. */
export interface Link {
  readonly entry: LogItem
  /** Of the entry right before it; ORIGIN: it is the first. Null: the bus vouches that nothing is missing before it. */
  readonly previous: Position | null
}

/** Which of the entries an account may see a page takes from. */
export type Scope = 'ALL' | 'PUBLIC' | 'PRIVATE'

/** The one rule of who sees what: public entries, and private ones from or to the account. */
export function maySee(accountId: string, entry: LogItem): boolean {
  return entry.to === null || entry.to.id === accountId || entry.from.id === accountId
}
