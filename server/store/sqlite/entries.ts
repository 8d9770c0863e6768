// From rows of `message` to entries of the log. Accounts are looked up once for each thread: what an entry shows of
// one never changes, and entries of one answer share the object.
import type { DatabaseSync } from 'node:sqlite'
import type { AccountRef, Entry, Position } from '../../domain/entry.ts'
import type { NonceRow } from './nonces.ts'
import { prepare } from './statement.ts'

/** Accounts kept by a thread, a few hundred bytes each; the oldest leave first. */
const ACCOUNTS_KEPT = 20_000

/** The columns that `toEntry` takes, of a table named `message`. */
export const MESSAGE_COLUMNS =
  'message.position, message.id, message.author, message.recipient, message.text, message.sent_at'

export interface MessageRow {
  readonly position: Position
  readonly id: string
  readonly author: number
  readonly recipient: number | null
  readonly text: string
  readonly sent_at: number
}

/** The message that a nonce made, after it was trimmed. */
export function messageOfNonce(author: number, row: NonceRow, text: string): MessageRow {
  const { position, message_id: id, recipient, sent_at } = row
  return { position, id, author, recipient, text, sent_at }
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
  toEntry(row: MessageRow): Entry
  /** The entry of a message's position; null: there is none. */
  at(position: Position): Entry | null
  /** All entries after a position, ascending. */
  after(position: Position): Entry[]
}

export function createEntryReader(db: DatabaseSync): EntryReader {
  const selectAccount = prepare<AccountRef>(db, 'SELECT id, username FROM account WHERE n = :n')
  const selectAt = prepare<MessageRow>(db, `SELECT ${MESSAGE_COLUMNS} FROM message WHERE position = :position`)
  const selectAfter = prepare<MessageRow>(
    db,
    `SELECT ${MESSAGE_COLUMNS} FROM message WHERE position > :position ORDER BY position`,
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

  const toEntry = (row: MessageRow): Entry => ({
    kind: 'added',
    position: row.position,
    messageId: row.id,
    from: account(row.author),
    to: row.recipient === null ? null : account(row.recipient),
    text: row.text,
    sentAt: row.sent_at,
  })

  return {
    toEntry,
    at(position) {
      const row = selectAt.get({ position })
      return row ? toEntry(row) : null
    },
    after: position => selectAfter.all({ position }).map(toEntry),
  }
}
