// From rows of `message` and `revision` to entries of the log. Accounts are looked up once for each thread: what an entry
// shows of one never changes, and entries of one answer share the object.
import type { DatabaseSync } from 'node:sqlite'
import {
  type AccountRef,
  type Entry,
  type MessageEntry,
  type MessageRef,
  type Position,
  type RevisionEntry,
  tombstoneOf,
  UNREVISED,
} from '../../domain/entry.ts'
import type { NonceRow } from './nonces.ts'
import { prepare, prepareTuples } from './statement.ts'

/** Accounts kept by a thread, a few hundred bytes each; the oldest leave first. */
const ACCOUNTS_KEPT = 20_000

/** The columns that `toEntry` takes, of a table named `message`. */
export const MESSAGE_COLUMNS = `message.position, message.id, message.author, message.recipient, message.text,
  message.sent_at, message.reply_to, message.edited_at, message.deleted_at, message.revised`

/** The columns that `toRevision` takes, of a table named `revision`. */
export const REVISION_COLUMNS = `revision.position, revision.message, revision.message_id, revision.author,
  revision.recipient, revision.sent_at, revision.is_deletion, revision.at`

/** `MESSAGE_COLUMNS`, in their order: see `prepareTuples`. */
export type MessageRow = readonly [
  position: Position,
  id: string,
  author: number,
  recipient: number | null,
  text: string,
  sentAt: number,
  replyTo: Position | null,
  editedAt: number | null,
  deletedAt: number | null,
  revised: Position,
]

export interface RevisionRow {
  readonly position: Position
  /** The position of the message, which may be gone. */
  readonly message: Position
  readonly message_id: string
  readonly author: number
  readonly recipient: number | null
  readonly sent_at: number
  readonly is_deletion: 0 | 1
  readonly at: number
}

/** The message that a nonce made, after it was trimmed: with this text, unless it had been revised. */
export function messageOfNonce(author: number, row: NonceRow, text: string): MessageRow {
  const { position, message_id: id, recipient, sent_at: sentAt, revised_at: deletedAt } = row
  const kept = deletedAt === null ? text : ''
  return [position, id, author, recipient, kept, sentAt, null, null, deletedAt, 0]
}

/** A map that forgets its oldest key beyond `limit`. */
export function createBoundedMap<Key, Value>(limit: number) {
  const map = new Map<Key, Value>()
  return {
    get: (key: Key) => map.get(key),
    set(key: Key, value: Value) {
      if (map.size >= limit) {
        const [oldest] = map.keys()
        if (oldest !== undefined) map.delete(oldest)
      }
      map.set(key, value)
    },
    delete: (key: Key) => map.delete(key),
    clear: () => map.clear(),
  }
}

export interface EntryReader {
  toEntry(row: MessageRow): MessageEntry
  toRevision(row: RevisionRow): RevisionEntry
  /** The message at a position; null: there is none. */
  messageAt(position: Position): MessageEntry | null
  /** The entry at a position; null: there is none. */
  at(position: Position): Entry | null
  /** All entries after a position, ascending. */
  after(position: Position): Entry[]
}

export function createEntryReader(db: DatabaseSync): EntryReader {
  const selectAccount = prepare<AccountRef>(db, 'SELECT id, username FROM account WHERE n = :n')
  const selectAt = prepareTuples<MessageRow>(db, `SELECT ${MESSAGE_COLUMNS} FROM message WHERE position = :position`)
  const selectAfter = prepareTuples<MessageRow>(
    db,
    `SELECT ${MESSAGE_COLUMNS} FROM message WHERE position > :position ORDER BY position`,
  )
  const selectQuoted = prepare<{ id: string; author: number }>(
    db,
    'SELECT id, author FROM message WHERE position = :position',
  )
  const selectRevisionAt = prepare<RevisionRow>(
    db,
    `SELECT ${REVISION_COLUMNS} FROM revision WHERE position = :position`,
  )
  const selectRevisionsAfter = prepare<RevisionRow>(
    db,
    `SELECT ${REVISION_COLUMNS} FROM revision WHERE position > :position ORDER BY position`,
  )
  const accountsByNumber = createBoundedMap<number, AccountRef>(ACCOUNTS_KEPT)

  function account(n: number): AccountRef {
    const known = accountsByNumber.get(n)
    if (known) return known
    const row = selectAccount.get({ n })
    if (!row) throw new Error(`The log names account ${n}, which does not exist.`)
    const ref = { id: row.id, username: row.username }
    accountsByNumber.set(n, ref)
    return ref
  }

  /** Few messages answer one: a look-up for those costs the others nothing, which a join would. */
  function quoted(position: Position): MessageRef | null {
    const row = selectQuoted.get({ position })
    return row ? { messageId: row.id, position, from: account(row.author) } : null
  }

  function toEntry(row: MessageRow): MessageEntry {
    const [position, messageId, author, recipient, text, sentAt, replyTo, editedAt, deletedAt, revised] = row
    return {
      kind: 'added',
      position,
      messageId,
      from: account(author),
      to: recipient === null ? null : account(recipient),
      text,
      sentAt,
      replyTo: replyTo === null ? null : quoted(replyTo),
      editedAt,
      deletedAt,
      revised,
    }
  }

  function messageAt(position: Position): MessageEntry | null {
    const row = selectAt.get({ position })
    return row ? toEntry(row) : null
  }

  function toRevision(row: RevisionRow): RevisionEntry {
    const { position, at } = row
    const message = messageAt(row.message)
    if (message) {
      const { from, to } = message
      return { kind: row.is_deletion ? 'deleted' : 'edited', position, from, to, at, message }
    }
    const [from, to] = [account(row.author), row.recipient === null ? null : account(row.recipient)]
    const [messageId, sentAt] = [row.message_id, row.sent_at]
    const gone: MessageEntry = {
      kind: 'added',
      position: row.message,
      messageId,
      from,
      to,
      text: '',
      sentAt,
      replyTo: null,
      ...UNREVISED,
      revised: position,
    }
    return { kind: 'deleted', position, from, to, at, message: tombstoneOf(gone, at) }
  }

  return {
    toEntry,
    toRevision,
    messageAt,
    at(position) {
      const message = messageAt(position)
      if (message) return message
      const row = selectRevisionAt.get({ position })
      return row ? toRevision(row) : null
    },
    after(position) {
      const messages = selectAfter.all({ position }).map(toEntry)
      return inOrder(messages, selectRevisionsAfter.all({ position }).map(toRevision))
    },
  }
}

/** One ascending list of two. */
export function inOrder(messages: Entry[], revisions: readonly Entry[]): Entry[] {
  if (revisions.length === 0) return messages
  return [...messages, ...revisions].sort((a, b) => a.position - b.position)
}
