// What React gets to see of the chat: one immutable value. What did not change is the same object as in the view
// before, so that only what changed is drawn again.
import type { ConnectionState, User } from '../../core/types.ts'
import { type Conversation, type ConversationKey, countUnread, type Person } from './conversation.ts'
import type { Directory } from './directory.ts'
import type { Notice } from './notice-board.ts'
import type { Pending } from './pending.ts'
import type { ReadMarks } from './read-marks.ts'

/** A conversation with what surrounds it. */
export interface ConversationView extends Conversation {
  readonly unread: number
  /** How far it is read; null: not at all. */
  readonly readMark: string | null
  readonly pending: readonly Pending[]
  readonly online: boolean
  /** The peer's name belongs to somebody else now. */
  readonly changedHands: boolean
}

export interface ChatView {
  readonly phase: 'loading' | 'ready' | 'failed'
  /** Why it failed. */
  readonly failure: string | null
  readonly connection: ConnectionState
  /** The code of what ended or prevents it; null: nothing does. */
  readonly trouble: string | null
  /** How many messages the last return brought; null once that is no news. */
  readonly recovered: number | null
  /** Everyone first, then by the newest message. */
  readonly conversations: readonly ConversationView[]
  readonly hasOlderConversations: boolean
  /** Without oneself. */
  readonly online: readonly User[]
  readonly onlineIds: ReadonlySet<string>
  readonly unread: number
  /** Messages that are still to be sent. */
  readonly waiting: number
  readonly notices: readonly Notice[]
  /** Code points of a message's text. */
  readonly textLimit: number
}

export interface Surroundings {
  readonly me: Person
  /** Null: not known yet, so nothing counts as unread. */
  readonly marks: ReadMarks | null
  readonly directory: Directory
  readonly onlineIds: ReadonlySet<string>
  readonly pendingByKey: ReadonlyMap<ConversationKey, readonly Pending[]>
}

const NONE: readonly Pending[] = []

/** @param before the views of the last time */
export function viewConversations(
  conversations: readonly Conversation[],
  { me, marks, directory, onlineIds, pendingByKey }: Surroundings,
  before: readonly ConversationView[],
): readonly ConversationView[] {
  const viewsByKey = new Map(before.map(conversation => [conversation.key, conversation]))
  const views = conversations.map(conversation => {
    const { key, peer, messages } = conversation
    const old = viewsByKey.get(key)
    const readMark = marks?.of(key) ?? null
    const isCounted = marks !== null && old?.messages === messages && old.readMark === readMark
    const view: ConversationView = {
      ...conversation,
      readMark,
      unread: isCounted ? old.unread : marks ? countUnread(messages, readMark, me) : 0,
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

function rankOf({ messages, pending }: ConversationView): string {
  return pending.length > 0 || messages.length === 0 ? '~' : (messages.at(-1)?.cursor ?? '')
}
