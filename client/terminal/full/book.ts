// What this terminal knows of the conversations: who they are with, the messages that were read from pages or came by the
// feed, what is unread, and what is being typed in each. Plain state: nothing in here asks the server.
import { isNewer } from '../../core/feed.ts'
import type { ConversationFieldsFragment } from '../../core/generated/graphql.ts'
import type { Message } from '../../core/types.ts'
import { type Draft, EMPTY } from './editor.ts'

export const EVERYONE = 'everyone'

export interface Person {
  readonly id: string
  readonly username: string
}

/** The row at the bottom of the view: which message it belongs to, and how many rows of that message are below it. */
export interface Anchor {
  readonly id: string
  readonly below: number
}

export interface Conversation {
  /** The other account's id, or EVERYONE. */
  readonly key: string
  /** Null: everyone. */
  with: Person | null
  /** The account was deleted: nothing can be sent to it any more. */
  isOver: boolean
  latest: Message | null
  readUpTo: string | null
  unread: number
  /** By cursor, without a gap up to the newest once `phase` is `loaded`. */
  messages: readonly Message[]
  phase: 'new' | 'loading' | 'loaded'
  hasOlder: boolean
  draft: Draft
  /** How far it had been read when it was opened: the line of what is new stands there. Null: no line. */
  newAfter: string | null
  /** Null: the view follows what comes. */
  anchor: Anchor | null
}

/** More than this many messages are given back once the view follows again: earlier ones can be read anew. */
const KEPT = 2_000
const KEPT_AFTER = 500

export interface Book {
  readonly conversations: ReadonlyMap<string, Conversation>
  /** By the newest message; those without one at the end, everyone before the others, by name. @param others to be among them */
  sorted(others?: readonly Conversation[]): Conversation[]
  get(key: string): Conversation | undefined
  open(person: Person | null): Conversation
  /** What the server says of all of them; what is known by now and newer stays. */
  merge(rows: readonly ConversationFieldsFragment[]): void
  /** A message that came, was edited or was deleted. Gives its conversation. */
  take(message: Message, isAdded: boolean): Conversation
  /** A page of one conversation, older than what is there or overlapping it. */
  addPage(conversation: Conversation, page: readonly Message[], hasOlder: boolean): void
  /** Forward only. */
  markRead(conversation: Conversation, cursor: string): void
  trim(conversation: Conversation): void
  /** The history is another one: only drafts stay. */
  forget(): void
}

function inOrder(a: Conversation, b: Conversation): number {
  const [x, y] = [a.latest?.cursor ?? '', b.latest?.cursor ?? '']
  if (x !== y) return x < y ? 1 : -1
  if (a.with === null || b.with === null) return a.with === null ? -1 : 1
  return a.with.username.localeCompare(b.with.username)
}

/** @param me the own account's id */
export function createBook(me: string): Book {
  const conversations = new Map<string, Conversation>()

  function open(person: Person | null): Conversation {
    const key = person?.id ?? EVERYONE
    const known = conversations.get(key)
    if (known !== undefined) {
      if (person !== null) known.with = { id: person.id, username: person.username }
      return known
    }
    const made: Conversation = {
      key,
      with: person === null ? null : { id: person.id, username: person.username },
      isOver: false,
      latest: null,
      readUpTo: null,
      unread: 0,
      messages: [],
      phase: 'new',
      hasOlder: true,
      draft: EMPTY,
      newAfter: null,
      anchor: null,
    }
    conversations.set(key, made)
    return made
  }
  open(null)

  function take(message: Message, isAdded: boolean): Conversation {
    const other = message.to === null ? null : message.from.id === me ? message.to : message.from
    const conversation = open(other)
    const { latest } = conversation
    if (latest === null || (isAdded && isNewer(message.cursor, latest.cursor))) {
      const isUnread = isAdded && message.from.id !== me && message.deletedAt === null
      if (isUnread && isAfter(message.cursor, conversation.readUpTo)) conversation.unread += 1
      conversation.latest = message
    } else if (latest.id === message.id) conversation.latest = newerOf(latest, message)
    if (conversation.phase !== 'new') {
      // An edit of a message that is not here yet comes with its page.
      if (isAdded || conversation.messages.some(({ id }) => id === message.id)) insert(conversation, [message])
    }
    return conversation
  }

  return {
    conversations,
    sorted: (others = []) => [...conversations.values(), ...others].sort(inOrder),
    get: key => conversations.get(key),
    open,
    merge(rows) {
      for (const row of rows) {
        const conversation = open(row.with)
        conversation.isOver = row.with !== null && row.with.deletedAt !== null
        const isCurrent =
          conversation.latest === null ||
          (row.latest !== null && !isNewer(conversation.latest.cursor, row.latest.cursor))
        if (row.latest !== null && isCurrent) conversation.latest = row.latest
        if (row.readUpTo !== null && isAfter(row.readUpTo, conversation.readUpTo)) conversation.readUpTo = row.readUpTo
        // Something came, or was read, since this answer was made: what is counted here is newer.
        if (isCurrent && (conversation.readUpTo === null || conversation.readUpTo === row.readUpTo)) {
          conversation.unread = row.unread
        }
      }
    },
    take,
    addPage(conversation, page, hasOlder) {
      insert(conversation, page)
      conversation.hasOlder = hasOlder
      conversation.phase = 'loaded'
    },
    markRead(conversation, cursor) {
      if (!isAfter(cursor, conversation.readUpTo)) return
      conversation.readUpTo = cursor
      const { latest, messages } = conversation
      if (latest === null || !isAfter(latest.cursor, cursor)) conversation.unread = 0
      else {
        const after = messages.filter(message => isAfter(message.cursor, cursor))
        const others = after.filter(({ from, deletedAt }) => from.id !== me && deletedAt === null)
        if (after.length < messages.length) conversation.unread = others.length
      }
    },
    trim(conversation) {
      if (conversation.messages.length <= KEPT || conversation.anchor !== null) return
      conversation.messages = conversation.messages.slice(-KEPT_AFTER)
      conversation.hasOlder = true
    },
    forget() {
      for (const conversation of conversations.values()) {
        Object.assign(conversation, { latest: null, readUpTo: null, unread: 0, messages: [], phase: 'new' })
        Object.assign(conversation, { hasOlder: true, newAfter: null, anchor: null })
      }
    },
  }
}

/** Whether a cursor is past what was read; null: nothing was. */
export function isAfter(cursor: string, than: string | null): boolean {
  return than === null || isNewer(cursor, than)
}

function newerOf(a: Message, b: Message): Message {
  if (a.deletedAt !== null || b.deletedAt !== null) return a.deletedAt === null ? b : a
  return (b.editedAt ?? '') >= (a.editedAt ?? '') ? b : a
}

/** Each message once, by cursor, in its latest version. */
function insert(conversation: Conversation, added: readonly Message[]): void {
  const { messages } = conversation
  const [first, end] = [added[0], added.at(-1)]
  if (first === undefined || end === undefined) return
  const [oldest, newest] = [messages[0], messages.at(-1)]
  // The feed adds at the end and pages at the beginning: no look at all that is there.
  if (oldest === undefined || newest === undefined || first.cursor > newest.cursor) {
    conversation.messages = messages.concat(added)
    return
  }
  if (end.cursor < oldest.cursor) {
    conversation.messages = added.concat(messages)
    return
  }
  const byId = new Map(messages.map(message => [message.id, message]))
  for (const message of added) {
    const known = byId.get(message.id)
    byId.set(message.id, known === undefined ? message : newerOf(known, message))
  }
  conversation.messages = [...byId.values()].sort((a, b) => (a.cursor < b.cursor ? -1 : a.cursor > b.cursor ? 1 : 0))
}
