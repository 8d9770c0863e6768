// Everything that a space keeps, as rows that any store can give (a dump) and take (a load): what `recado export` writes
// and `recado import` reads. docs/moving.md has the file's format.
import type { Position } from '../../domain/entry.ts'
import type { RecordKind } from '../records.ts'

/** What holds for the whole archive. */
export interface ArchiveHeader {
  /** 8 characters of [0-9a-z]. */
  readonly epoch: string
  /** 32 bytes: keys the digests of nonces. */
  readonly secret: Uint8Array
  /** The last position of the log, its message trimmed or not; ORIGIN: there never was one. */
  readonly head: Position
  /** The newest trimmed position of all, and of what was public; ORIGIN: none. */
  readonly floor: Position
  readonly trimmedPublic: Position
  /** Written while a server ran: others may have been acknowledged more since. */
  readonly isLive: boolean
  /** How many rows follow, about: for showing progress. */
  readonly about: number
}

export interface AccountRow {
  readonly kind: 'account'
  readonly id: string
  readonly username: string
  readonly key: string
  /** Null: the account was deleted, and holds no name any more. */
  readonly skeleton: string | null
  readonly passwordHash: string | null
  /** Milliseconds since 1970, like all times here. */
  readonly createdAt: number
  readonly lastSeenAt: number | null
  readonly deletedAt: number | null
  /** The newest private position that it lost by trimming; ORIGIN: none. */
  readonly trimmed: Position
}

export interface SessionRow {
  readonly kind: 'session'
  readonly id: string
  /** SHA-256 of the token, 32 bytes. */
  readonly tokenHash: Uint8Array
  readonly accountId: string
  /** Archives of before this was kept have `?`, and `createdAt` as the last use. */
  readonly device: string
  readonly createdAt: number
  readonly lastUsedAt: number
  readonly expiresAt: number
}

/** How far an account has read one conversation. */
export interface ReadingRow {
  readonly kind: 'reading'
  readonly accountId: string
  /** The other account; null: everyone. */
  readonly withId: string | null
  readonly position: Position
}

/** Small texts that the program keeps (../records.ts). */
export interface RecordRow {
  readonly kind: 'record'
  readonly of: RecordKind
  readonly key: string
  readonly value: string
}

export interface MessageRow {
  readonly kind: 'message'
  readonly position: Position
  readonly id: string
  readonly fromId: string
  /** Null: public. */
  readonly toId: string | null
  /** The latest one; empty: it was deleted. */
  readonly text: string
  readonly sentAt: number
  /** The position of the message that it answers; null: none, or one that was trimmed. */
  readonly replyTo: Position | null
  readonly editedAt: number | null
  readonly deletedAt: number | null
  /** The position of its latest revision; ORIGIN: none. */
  readonly revised: Position
}

/** Where a message was edited or deleted. What is told of it stands here too, since it may have been trimmed. */
export interface RevisionRow {
  readonly kind: 'revision'
  readonly position: Position
  readonly change: 'edited' | 'deleted'
  readonly messageId: string
  readonly messagePosition: Position
  readonly fromId: string
  readonly toId: string | null
  /** Of the message. */
  readonly sentAt: number
  readonly at: number
}

export interface NonceRow {
  readonly kind: 'nonce'
  readonly accountId: string
  /** As the store was given it, or the name that stands for a long one (nonce-name.ts). */
  readonly key: string
  readonly digest: Uint8Array
  /** Of the message that it made, which may have been trimmed. */
  readonly position: Position
  readonly messageId: string
  readonly toId: string | null
  readonly sentAt: number
  /** When the message was last revised; null: never. */
  readonly revisedAt: number | null
}

export type ArchiveRow = AccountRow | SessionRow | ReadingRow | RecordRow | MessageRow | RevisionRow | NonceRow
export type RowKind = ArchiveRow['kind']

/** The order in which kinds of rows come: what a row refers to comes before it. */
export const ROW_KINDS = [
  'account',
  'session',
  'reading',
  'record',
  'message',
  'revision',
  'nonce',
] as const satisfies readonly RowKind[]

/** A store's whole content. Messages ascend by position, revisions too; a nonce may come twice. */
export interface Dump {
  readonly header: ArchiveHeader
  /** To be walked once, and to its end: only then is it sure that nobody has written meanwhile. */
  readonly rows: AsyncIterable<ArchiveRow>
  close(): Promise<void>
}

/** Where rows go. Nothing of them can be seen in the target before `finish` resolves. */
export interface Load {
  /** Takes rows in the order of `ROW_KINDS`, each list as one batch. */
  add(rows: readonly ArchiveRow[]): Promise<void>
  /** All were added: the target becomes a space of its own. */
  finish(): Promise<void>
  /** Leaves the target as it was before. Harmless after `finish`. */
  abandon(): Promise<void>
}

/** Rows in one batch of a load. */
const BATCH_ROWS = 500
/** Of their texts, at two bytes a character. */
const BATCH_BYTES = 1024 * 1024

/**
 * Moves all rows into the target; where anything fails, nothing of them stays there.
 * @param onRows told of each batch that was loaded: how many rows
 */
export async function transfer(rows: AsyncIterable<ArchiveRow>, load: Load, onRows: (count: number) => void) {
  let batch: ArchiveRow[] = []
  let bytes = 0
  async function flush(): Promise<void> {
    await load.add(batch)
    onRows(batch.length)
    batch = []
    bytes = 0
  }
  try {
    for await (const row of rows) {
      batch.push(row)
      if (row.kind === 'message') bytes += row.text.length * 2
      if (batch.length >= BATCH_ROWS || bytes >= BATCH_BYTES) await flush()
    }
    if (batch.length > 0) await flush()
    await load.finish()
  } catch (error) {
    await load.abandon()
    throw error
  }
}
