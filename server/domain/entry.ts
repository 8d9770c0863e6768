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

/** A message that entered the log at `position`. */
export interface MessageEntry {
  readonly kind: 'added'
  readonly position: Position
  /** Random and stable. */
  readonly messageId: string
  readonly from: AccountRef
  /** null: public. */
  readonly to: AccountRef | null
  readonly text: string
  /** Milliseconds since 1970, by the server's clock. */
  readonly sentAt: number
}

/** Everything the log may hold; edits and deletions join this union when they exist. */
export type Entry = MessageEntry

/**
 * What a node knows of a private entry when it serves neither of its two accounts: that it is there and whose it is, so
 * that the chain of positions is whole. Never rendered.
 */
export interface Stub {
  readonly kind: 'stub'
  readonly position: Position
  readonly from: { readonly id: string }
  readonly to: { readonly id: string }
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
