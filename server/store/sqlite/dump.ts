// A data folder as rows (archive/archive.ts), of one moment: all of them are read in one transaction.
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type {
  AccountRow,
  ArchiveRow,
  Dump,
  MessageRow,
  NonceRow,
  ReadingRow,
  RecordRow,
  RevisionRow,
  SessionRow,
} from '../archive/archive.ts'
import { StoreError } from '../store-error.ts'
import { databaseFile, lockDataDir } from './data-dir.ts'
import { ensureDatabaseFile, lastPosition, openForReading, openForWriting, readIdentity } from './database-file.ts'
import { MIGRATIONS, schemaVersion } from './schema.ts'
import { trimMarks } from './trim.ts'

const ACCOUNTS = `SELECT id, username, key, iif(deleted_at IS NULL, skeleton, NULL) AS skeleton,
  password_hash AS passwordHash, created_at AS createdAt, last_seen_at AS lastSeenAt, deleted_at AS deletedAt, trimmed
  FROM account ORDER BY n`
const SESSIONS = `SELECT session.id, token_hash AS tokenHash, account.id AS accountId, device,
  session.created_at AS createdAt, last_used_at AS lastUsedAt, expires_at AS expiresAt
  FROM session JOIN account ON account.n = session.account ORDER BY session.id`
const READINGS = `SELECT account.id AS accountId, peer.id AS withId, position
  FROM reading JOIN account ON account.n = reading.account LEFT JOIN account AS peer ON peer.n = reading.peer
  ORDER BY reading.account, reading.peer`
const RECORDS = 'SELECT kind AS "of", key, value FROM record ORDER BY kind, key'
/** What was answered may have been trimmed. */
const MESSAGES = `SELECT message.position, message.id, author.id AS fromId, peer.id AS toId, message.text,
  message.sent_at AS sentAt, quoted.position AS replyTo, message.edited_at AS editedAt, message.deleted_at AS deletedAt,
  message.revised
  FROM message JOIN account AS author ON author.n = message.author LEFT JOIN account AS peer ON peer.n = message.recipient
  LEFT JOIN message AS quoted ON quoted.position = message.reply_to
  ORDER BY message.position`
const REVISIONS = `SELECT position, iif(is_deletion, 'deleted', 'edited') AS change, message_id AS messageId,
  message AS messagePosition, author.id AS fromId, peer.id AS toId, sent_at AS sentAt, at
  FROM revision JOIN account AS author ON author.n = revision.author
  LEFT JOIN account AS peer ON peer.n = revision.recipient
  ORDER BY position`
/** Those of a deleted account are never found again. */
const NONCES = `SELECT account.id AS accountId, nonce.key, digest, position, message_id AS messageId, peer.id AS toId,
  sent_at AS sentAt, revised_at AS revisedAt
  FROM nonce JOIN account ON account.n = nonce.account LEFT JOIN account AS peer ON peer.n = nonce.recipient
  WHERE account.deleted_at IS NULL ORDER BY position`

/**
 * Begins a dump.
 * @param isLive while a server may run on the folder. Otherwise the folder is kept from servers until `close`, and a file
 *   of an older version is brought up to date first.
 * @throws StoreError `NOTHING_THERE`, `FILE_TOO_OLD`, or as a server that opens the folder
 */
export function dumpSqlite(dataDir: string, isLive: boolean): Dump {
  const path = databaseFile(resolve(dataDir))
  // Before the lock, which would leave a file in a folder that holds no space.
  if (!statSync(path, { throwIfNoEntry: false })) {
    throw new StoreError('NOTHING_THERE', `There is no ${path}: name the folder that the server keeps its data in.`)
  }
  const lock = isLive ? null : lockDataDir(resolve(dataDir))
  let db: DatabaseSync | null = null
  try {
    ensureDatabaseFile(path)
    db = openCurrent(path, isLive)
    return dumpDatabase(db, path, isLive, () => lock?.release())
  } catch (error) {
    db?.close()
    lock?.release()
    throw error
  }
}

function openCurrent(path: string, isLive: boolean): DatabaseSync {
  const db = openForReading(path)
  const version = schemaVersion(db)
  if (version === MIGRATIONS.length) return db
  db.close()
  if (isLive) {
    throw new StoreError('FILE_TOO_OLD', `${path} has schema version ${version}: stop its server, then export it.`)
  }
  openForWriting(path, null, Date.now()).close()
  return openForReading(path)
}

function dumpDatabase(db: DatabaseSync, path: string, isLive: boolean, onClosed: () => void): Dump {
  db.exec('BEGIN')
  const count = (table: string) => Number(db.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows)
  const marks = trimMarks(db)
  const header = {
    ...readIdentity(db, path),
    head: lastPosition(db),
    floor: marks.floor(),
    trimmedPublic: marks.public(),
    isLive,
    about: ['account', 'session', 'reading', 'record', 'message', 'revision', 'nonce'].reduce(
      (sum, of) => sum + count(of),
      0,
    ),
  }

  function* rows(): Generator<ArchiveRow> {
    const each = <Row>(sql: string) => db.prepare(sql).iterate() as Iterable<Row>
    for (const row of each<Omit<AccountRow, 'kind'>>(ACCOUNTS)) yield { kind: 'account', ...row }
    for (const row of each<Omit<SessionRow, 'kind'>>(SESSIONS)) yield { kind: 'session', ...row }
    for (const row of each<Omit<ReadingRow, 'kind'>>(READINGS)) yield { kind: 'reading', ...row }
    for (const row of each<Omit<RecordRow, 'kind'>>(RECORDS)) yield { kind: 'record', ...row }
    for (const row of each<Omit<MessageRow, 'kind'>>(MESSAGES)) yield { kind: 'message', ...row }
    for (const row of each<Omit<RevisionRow, 'kind'>>(REVISIONS)) yield { kind: 'revision', ...row }
    for (const row of each<Omit<NonceRow, 'kind'>>(NONCES)) yield { kind: 'nonce', ...row }
  }
  return {
    header,
    rows: asynchronous(rows()),
    async close() {
      if (!db.isOpen) return
      db.close()
      onClosed()
    },
  }
}

async function* asynchronous<Row>(rows: Iterable<Row>): AsyncGenerator<Row> {
  yield* rows
}
