// What React gets to see of the chat: one immutable value. What did not change is the same object as in the view
// before, so that only what changed is drawn again.
import type { ConnectionState, Message, User } from '../../core/types.ts'
import type { Retention } from '../engine/engine.ts'
import type { Conversation, ConversationKey, Person, UnreadLine } from '../model/conversation.ts'
import type { Device } from '../model/device.ts'
import type { Directory } from './directory.ts'
import type { Rights } from './moderating.ts'
import type { Notice } from './notice-board.ts'
import type { Pending } from './pending.ts'
import type { ChangesById } from './shown-changes.ts'

/** A conversation with what surrounds it. */
export interface ConversationView extends Conversation {
  /** Its newest message, also when `messages` is a window further up; null: none yet. */
  readonly latest: Message | null
  /** By the account's read position, which all of its devices share. */
  readonly unread: number
  /** How many of the unread ones mention this account, as far as they are loaded. */
  readonly mentioned: number
  /** Frozen from `Chat.open` until another one is opened; null: nothing was unread. */
  readonly firstUnread: UnreadLine | null
  /** Who is writing here now, without oneself. */
  readonly typing: readonly Person[]
  /** What was begun here and not sent; '': nothing. */
  readonly draft: string
  readonly pending: readonly Pending[]
  readonly online: boolean
  /** The peer's name belongs to somebody else now. */
  readonly changedHands: boolean
}

/** What coming back brought. */
export interface Recovery {
  /** Messages that were missed. */
  readonly count: number
  /**
   * Events that came twice since the connection was lost, and were dropped: counted, not assumed. Null: none, and nobody
   * dropped the connection to see whether there would be any.
   */
  readonly repeated: number | null
}

export interface ChatView {
  readonly phase: 'loading' | 'ready' | 'failed'
  /** Why it failed. */
  readonly failure: string | null
  readonly connection: ConnectionState
  /** What is shown is this device's own copy: the server has not been heard yet. */
  readonly isFromCopy: boolean
  /** The connection is held down on purpose: see `Chat.unplug`. */
  readonly isUnplugged: boolean
  /** The code of what ended or prevents it; null: nothing does. */
  readonly trouble: string | null
  /** How many messages the last return brought; null once that is no news. */
  readonly recovered: Recovery | null
  /** What this account may do beside talking, and whom it has blocked. */
  readonly rights: Rights
  /** All that have entered as this account; null: not heard of yet. */
  readonly devices: readonly Device[] | null
  /** How many events came twice and were dropped, since the page was opened. Measured, not assumed. */
  readonly repeated: number
  /** Everyone first, then by the newest message. */
  readonly conversations: readonly ConversationView[]
  readonly hasOlderConversations: boolean
  /** False without a connection: `online` are those who were there last, and `onlineIds` is empty. */
  readonly isPresenceKnown: boolean
  /** Without oneself. */
  readonly online: readonly User[]
  readonly onlineIds: ReadonlySet<string>
  /** When absent people were last there, by account, as far as it is known: RFC 3339. */
  readonly seenAtById: ReadonlyMap<string, string>
  readonly unread: number
  /** Of these, the private ones and those that mention this account, as far as they are loaded. */
  readonly unreadToMe: number
  /** Edits and deletions that are not done yet, by message; those that wait are in the messages already. */
  readonly changesById: ChangesById
  /** Messages that are still to be sent. */
  readonly waiting: number
  readonly notices: readonly Notice[]
  /** Code points of a message's text. */
  readonly textLimit: number
  /** How long the server keeps messages; null: for ever, or it has not said. */
  readonly retention: Retention | null
}

/** How far a conversation is read. */
export interface ReadState {
  readonly readUpTo: string | null
  readonly unread: number
  readonly mentioned: number
}

export interface Surroundings {
  readonly directory: Directory
  readonly onlineIds: ReadonlySet<string>
  readonly pendingByKey: ReadonlyMap<ConversationKey, readonly Pending[]>
  readonly marksByKey: ReadonlyMap<ConversationKey, ReadState>
  readonly typingByKey: ReadonlyMap<ConversationKey, readonly Person[]>
  readonly open: { readonly key: ConversationKey; readonly line: UnreadLine | null } | null
  draftOf(key: ConversationKey): string
  latestOf(key: ConversationKey): Message | null
}

const NONE: readonly Pending[] = []
const NOBODY: readonly Person[] = []
const UNREAD_NOTHING: ReadState = { readUpTo: null, unread: 0, mentioned: 0 }

/** @param before the views of the last time */
export function viewConversations(
  conversations: readonly Conversation[],
  { directory, onlineIds, pendingByKey, marksByKey, typingByKey, open, draftOf, latestOf }: Surroundings,
  before: readonly ConversationView[],
): readonly ConversationView[] {
  const viewsByKey = new Map(before.map(conversation => [conversation.key, conversation]))
  const views = conversations.map(conversation => {
    const { key, peer } = conversation
    const old = viewsByKey.get(key)
    const { unread, mentioned } = marksByKey.get(key) ?? UNREAD_NOTHING
    const view: ConversationView = {
      ...conversation,
      latest: latestOf(key),
      draft: draftOf(key),
      unread,
      mentioned,
      firstUnread: key === open?.key ? open.line : null,
      typing: typingByKey.get(key) ?? NOBODY,
      pending: samePending(old?.pending, pendingByKey.get(key) ?? NONE),
      online: peer !== null && onlineIds.has(peer.id),
      changedHands: peer !== null && directory.hasChangedHands(peer),
    }
    return old && isShallowEqual(old, view) ? old : view
  })
  return views.sort(byInterest)
}

function samePending(before: readonly Pending[] | undefined, now: readonly Pending[]): readonly Pending[] {
  if (!before || before.length !== now.length) return now
  const isSame = now.every((pending, index) => {
    const old = before[index]
    return old !== undefined && isShallowEqual(old, pending)
  })
  return isSame ? before : now
}

function isShallowEqual<T extends object>(a: T, b: T): boolean {
  const keys = Object.keys(b) as (keyof T)[]
  return keys.length === Object.keys(a).length && keys.every(key => Object.is(a[key], b[key]))
}

/** Everyone first; then what was just opened or waits to be sent; then the newest. */
function byInterest(a: ConversationView, b: ConversationView): number {
  if (a.peer === null || b.peer === null) return a.peer === null ? -1 : 1
  const [rankOfA, rankOfB] = [rankOf(a), rankOf(b)]
  return rankOfA < rankOfB ? 1 : rankOfA > rankOfB ? -1 : 0
}

function rankOf({ latest, pending }: ConversationView): string {
  return pending.length > 0 || latest === null ? '~' : latest.cursor
}
