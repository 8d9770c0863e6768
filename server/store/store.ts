// What must last: the log, the accounts, the sessions. This is the whole contract between the program and its storage;
// test/contract/store.ts holds every implementation to it. Rejections: `Refusal('STORAGE_UNAVAILABLE')` when the
// outcome is unknown, any other error is a defect.
import type { AccountRef, Entry, MessageEntry, MessageRef, Position, RevisionEntry, Scope } from '../domain/entry.ts'
import { DAY_MS } from '../domain/time.ts'
import type { ConversationStore } from './conversations.ts'
import type { RecordStore } from './records.ts'

/** A message on its way into the log. */
export interface Draft {
  readonly messageId: string
  readonly from: AccountRef
  readonly to: AccountRef | null
  readonly text: string
  /** Milliseconds since 1970. */
  readonly sentAt: number
  /** What it answers: a message that was found before, and that everyone may see who sees this one. */
  readonly replyTo: MessageRef | null
  /** Makes the append idempotent for this sender; null: no such promise. */
  readonly nonce: Nonce | null
}

export interface Nonce {
  /** As the store keeps it: unique for each account, at most 140 characters. */
  readonly key: string
  /** A digest, keyed by the store's secret, of the raw arguments: says whether a retry is the same send. */
  readonly digest: Uint8Array
}

/** A change of a message on its way into the log. */
export interface Revision {
  readonly messageId: string
  /** The account that asks for it. */
  readonly by: string
  readonly kind: 'edited' | 'deleted'
  /** An administrator removes it: a public message may be anybody's, also of an account that was deleted. */
  readonly asAdministrator?: boolean
  /** The new text; empty for a deletion. */
  readonly text: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export type Revised =
  /** `entry` is durable, and nothing that is read from now on has the former text. */
  | { readonly status: 'stored'; readonly entry: RevisionEntry }
  /** It has this text already, or is deleted already: nothing was stored. */
  | { readonly status: 'unchanged'; readonly message: MessageEntry }
  /** There is no such message that the account may see, or it was to be edited and is deleted. Nothing was stored. */
  | { readonly status: 'unknown' }
  /** The account may see it, but it is somebody else's. Nothing was stored. */
  | { readonly status: 'not-author' }

export type Appended =
  /**
   * `entry` is durable; `repeated` says that an earlier send with this nonce had already made it: then it is as it is now,
   * with its latest text, or deleted. One that was trimmed has the draft's text, unless it had been revised: then it is a
   * tombstone, deleted when it was last revised.
   */
  | { readonly status: 'stored'; readonly entry: MessageEntry; readonly repeated: boolean }
  /** The nonce was used with other arguments. Nothing was stored. */
  | { readonly status: 'nonce-reused' }
  /** The sender or the recipient has been deleted meanwhile. Nothing was stored. */
  | { readonly status: 'gone'; readonly who: 'from' | 'to' }

/** The first send of a nonce. */
export interface FirstSend {
  /**
   * As it is now. The text is null once the message was trimmed: a retry brings it, for its digest says that it is the
   * same. But one that had been revised before is a tombstone then, deleted when it was last revised.
   */
  readonly entry: Omit<MessageEntry, 'text'> & { readonly text: string | null }
  readonly digest: Uint8Array
}

/** Entries after a position, ascending, that one account may see. */
export interface Stretch {
  readonly entries: readonly Entry[]
  /** Everything visible up to and including this position is in `entries` (or was before the start). */
  readonly through: Position
  /**
   * The newest trimmed position that the account could see in this scope, as it was at the very moment of the read;
   * ORIGIN: none. Above `after` it means that `entries` has a hole, and may not be used as what follows `after`.
   */
  readonly trimmed: Position
}

export interface PageQuery {
  /** The account that looks. */
  readonly viewer: string
  /** Exclusive; at most one of `after` and `before`. With neither: the newest page. */
  readonly after?: Position
  readonly before?: Position
  readonly scope: Scope
  /** Only the private conversation with this account (the viewer itself: notes to oneself). */
  readonly with?: string
  readonly limit: number
}

export interface Page {
  /** Messages only, each once, at its place, as it is now: also those that were deleted. Ascending. */
  readonly entries: readonly MessageEntry[]
  /** More matching entries before the first, or after the last one. */
  readonly hasPrevious: boolean
  readonly hasNext: boolean
}

/** A page of the store, with what retention took. */
export interface StoredPage extends Page {
  /** The newest trimmed position that the viewer could see in any scope, at the very moment of the read. */
  readonly trimmed: Position
}

/** What the log keeps. A message is removed as soon as one of the two reasons holds. */
export interface Retention {
  /** How many of the newest messages stay; 0: their number is no reason. */
  readonly messages: number
  /** Messages at or before this position are too old; ORIGIN: age is no reason. */
  readonly olderThan: Position
  /** Nothing after this position is removed, whatever the reason. */
  readonly upTo: Position
}

/** What one step of trimming came to. */
export interface TrimStep {
  /** Every position up to this one has been trimmed, now or before; ORIGIN: none ever. */
  readonly floor: Position
  /** Messages that this step removed. */
  readonly removed: number
  /** There is more to do: call again. */
  readonly more: boolean
}

/** A row of the account table. */
export interface Account extends AccountRef {
  /** What makes the name unique for addressing: no case, no accents (domain/username.ts). */
  readonly key: string
  /** Argon2id in PHC text form, or null: the account has no password. */
  readonly passwordHash: string | null
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly lastSeenAt: number | null
  readonly deletedAt: number | null
}

export interface Claim {
  readonly id: string
  readonly username: string
  readonly key: string
  /** What makes confusable names collide (domain/username.ts); unique among accounts that are not deleted. */
  readonly skeleton: string
  readonly passwordHash: string | null
  readonly createdAt: number
}

/** What ids of sessions begin with that are named tokens of a program: too many sessions never end one. */
export const NAMED_TOKENS = 'named-token_'
/** Sessions that ended this long ago are dropped, not sooner: a clock that was set forward for a while ends none. */
export const EXPIRED_KEPT_MS = 7 * DAY_MS
/** Expired sessions dropped at each new one. */
export const EXPIRED_DROPPED_AT_ONCE = 10

export interface SessionRow {
  /** Random, not secret: names the session in lists and logs. */
  readonly id: string
  /** SHA-256 of the token, 32 bytes. The token itself is never stored. */
  readonly tokenHash: Uint8Array
  readonly accountId: string
  /** What kind of device it is, for people: 1 to 64 characters. `?` for a session of before this was kept. */
  readonly device: string
  readonly createdAt: number
  /** When it was made, or renewed for the last time. */
  readonly lastUsedAt: number
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface SessionConditions {
  /** How many sessions the account may have, at least 1. Default: any number. */
  readonly most?: number
  /** The session of the same account on whose word this one is made: it has not ended. Default: on nobody's. */
  readonly by?: string
}

/** A session as its account may see it: nothing of its secret. */
export type SessionEntry = Omit<SessionRow, 'tokenHash'>

/** What must be free for a name to be claimed (domain/username.ts). */
export type NameClaim = Pick<Claim, 'key' | 'skeleton'>

/** What has been ended, deleted or made by whichever node since a mark. */
export interface Revocations {
  /** Opaque: ask with it next time. */
  readonly mark: string
  /** Sessions that have ended: their tokens are dead, their sockets are to be closed. In the order of the events. */
  readonly sessionIds: readonly string[]
  /** Accounts that have been deleted, with all their sessions (which are not listed). */
  readonly accountIds: readonly string[]
  /** Accounts whose sessions are others now: one was made, or has ended. Each at least once; deleted ones need not be. */
  readonly changedIds: readonly string[]
  /**
   * False: the mark is older than what is kept (a day), so something may be missing here. Whoever has been away for so
   * long trusts no session that it remembers before asking for each again.
   */
  readonly complete: boolean
}

export interface Store extends ConversationStore, RecordStore {
  /**
   * Random name of this history, 8 characters of [0-9a-z]. It becomes another one where the log turned out to be another
   * history than the one that was served (a lagging replica was promoted, a backup restored): see `StoreEvents.reset`.
   */
  readonly epoch: string
  /** 32 random bytes kept with the log: keys the digests of nonces. */
  readonly secret: Uint8Array
  /** The last committed position, also when its entry has been trimmed; ORIGIN: nothing was ever committed. */
  head(): Position

  /**
   * Appends one message. Resolves once it is committed and synced, and after `committed` was called with it.
   * Appends that are called in order are stored in that order. Callers need not batch: what arrives while a commit
   * runs shares the next one.
   */
  append(draft: Draft): Promise<Appended>
  /**
   * Edits or deletes a message of the account's own, whoever else it is for and whether they still exist. Resolves as
   * `append` does, and is stored in one order with appends. From when it is committed no call answers with the former
   * text, nor do the files keep it where the program can help it.
   */
  revise(revision: Revision): Promise<Revised>
  /** What a nonce made, also when its message was trimmed since; null: never used. */
  findNonce(accountId: string, key: string): Promise<FirstSend | null>

  /**
   * At most `limit` visible entries after `after`, ascending, of this scope (default `ALL`). Serves replay, which reads
   * what is public once for everybody, and what is private for each account.
   */
  read(viewer: string, after: Position, limit: number, scope?: Scope): Promise<Stretch>
  /** The message with this id, if the account may see it; as a tombstone if it was deleted. */
  message(viewer: string, messageId: string): Promise<MessageEntry | null>
  /** Serves `messages`. A page ends where the log does: what was trimmed is neither in it nor announced by it. */
  page(query: PageQuery): Promise<StoredPage>
  /** The entry at exactly this position if the account may see it. */
  at(viewer: string, position: Position): Promise<Entry | null>
  /**
   * The newest position up to `through` that the account may see, or could before it was trimmed; ORIGIN: there is none.
   */
  lastVisible(viewer: string, through: Position): Promise<Position>
  /** The newest entries of the log, whoever may see them, ascending: fills the tail at start. */
  newest(limit: number): Promise<readonly Entry[]>
  /**
   * The log after a position, whoever may see it, ascending, at most `limit`: repairs what a bus lost. Null: the log has
   * no such position (and did not trim it): it is another history, and `StoreEvents.reset` was called before this
   * resolves. ORIGIN is in every log. Also null: entries after this position were trimmed, so that it can't be gone on
   * from (`trimmed(null)` is above it then).
   */
  follow(after: Position, limit: number): Promise<readonly Entry[] | null>
  /**
   * The head of the log as it is now, asked of the storage: `head()` only knows what this node has heard of. Finds out,
   * too, whether it is still the same history; where it is not, `StoreEvents.reset` was called before this resolves.
   */
  check(): Promise<Position>

  /**
   * Removes some of the oldest entries that `retention` excludes (it counts messages; their revisions go by their own
   * positions, and until then are read as `RevisionEntry.message` says), and notes for everyone who could see them up to where
   * they are gone: in one transaction, so that no read ever has a hole that it does not tell of (`trimmed`). A step is
   * short enough (some hundred messages) for sends not to be held up. Nonces stay, and answer as before.
   */
  trim(retention: Retention): Promise<TrimStep>
  /**
   * The newest trimmed position that this account could see; null: that anybody could see, so the log's floor. It only
   * rises. ORIGIN: nothing was trimmed. An account that is not known sees what is public.
   */
  trimmed(viewer: string | null): Promise<Position>

  /** Claims a free name. `taken`: some account that is not deleted has this key or this skeleton. */
  claim(claim: Claim): Promise<'claimed' | 'taken'>
  accountById(id: string): Promise<Account | null>
  /** Accounts that are not deleted only. */
  accountByKey(key: string): Promise<Account | null>
  /** The account that holds this name's skeleton; not deleted. */
  accountBySkeleton(skeleton: string): Promise<Account | null>
  /** For each of these, in their order, whether `claim` would find it free at this moment. */
  areFree(names: readonly NameClaim[]): Promise<readonly boolean[]>
  /** Accounts that are not deleted, by key, after this key. Fewer than `limit`: there are no more. */
  accounts(afterKey: string | null, limit: number): Promise<readonly Account[]>
  /**
   * @param present the hash that the account has to have for it, null: none. Default: whichever it has
   * @returns false: it has another one, and keeps it
   */
  setPasswordHash(accountId: string, passwordHash: string, present?: string | null): Promise<boolean>
  setLastSeen(accountId: string, at: number): Promise<void>
  /**
   * Marks it deleted, frees its name, drops its password, nonces, sessions and read positions. Messages stay.
   * @param present as with `setPasswordHash`
   * @returns false: its password is another one, and nothing was done
   */
  deleteAccount(accountId: string, at: number, present?: string | null): Promise<boolean>

  /**
   * Makes a session. Where the account would then have more of them than it may, those that were used longest ago end in
   * the same step; answers with their ids. Null: nothing was made, for the account is deleted, or `by` is over.
   */
  createSession(session: SessionRow, conditions?: SessionConditions): Promise<readonly string[] | null>
  /** Null: unknown, expired before `now`, or its account is deleted. */
  findSession(tokenHash: Uint8Array, now: number): Promise<{ session: SessionRow; account: Account } | null>
  renewSession(id: string, expiresAt: number, lastUsedAt: number): Promise<void>
  /** The account's sessions that have not expired before `now`, the newest first. */
  sessions(accountId: string, now: number): Promise<readonly SessionEntry[]>
  /** Ends one session of the account. False: it has none of this id, and nothing was ended. */
  endSession(id: string, accountId: string): Promise<boolean>
  /** Ends all sessions of an account; answers with their ids. */
  endSessions(accountId: string): Promise<readonly string[]>
  /**
   * Only of a store that several nodes share: the durable sequence of what they revoked, so that leaving ends a session
   * everywhere although every notice of it was lost. An ended session or deleted account is in the answer to the first
   * call that begins after that write resolved, on any node, and possibly again in a later one after a failover: ending
   * twice is harmless. Cheap enough to ask every second.
   * @param mark of the answer before; null: from now on, with nothing in the lists. Ask so before the first session is
   *   found, or one that ends between the two is missed. A mark of another history gets everything that is kept.
   */
  revokedSince?(mark: string | null): Promise<Revocations>

  /** Finishes what was accepted, closes the files and threads. Afterwards every call is refused. */
  close(): Promise<void>
}

/**
 * What the store tells the program. `committed` gets every entry exactly once, in the order of the log, as soon as it
 * is durable and before its append resolves; also entries that a failing worker had committed without saying so.
 */
export interface StoreEvents {
  committed(entries: readonly Entry[]): void
  /**
   * The log is another history from now on: `epoch` and `head()` are its own already. Whoever holds positions of the old
   * one is told (HISTORY_RESET); nothing of the old one may be delivered any more.
   */
  reset?(): void
  /** One batch of writes took so many seconds to commit and sync. */
  written?(seconds: number): void
  /** Writes are refused from now on, or accepted again. Not told of the first opening. */
  writable?(isWritable: boolean): void
}
