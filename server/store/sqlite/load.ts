// Rows (archive/archive.ts) into an empty data folder. The database is made under another name and gets its own when all
// is there: a load that failed, or died, leaves nothing that a server would take for a space.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ArchiveHeader, ArchiveRow, Load } from '../archive/archive.ts'
import { ArchiveError } from '../archive/archive-error.ts'
import { StoreError } from '../store-error.ts'
import { EVERYONE } from './conversations.ts'
import { databaseFile, lockDataDir, makeDataDir } from './data-dir.ts'
import { beginDatabaseFile, type UnfinishedFile } from './database-file.ts'
import { createBoundedMap } from './entries.ts'
import { errorText, isStorageFailure } from './sqlite-errors.ts'
import { prepare } from './statement.ts'

const NUMBERS_KEPT = 20_000

/**
 * Begins a load. Keeps servers out of the folder until it is finished or abandoned.
 * @param epoch the name of the history from now on
 * @throws StoreError `NOT_EMPTY`, or as a server that opens the folder
 */
export function loadSqlite(dataDir: string, { secret, floor, trimmedPublic }: ArchiveHeader, epoch: string): Load {
  const folder = resolve(dataDir)
  const path = databaseFile(folder)
  makeDataDir(folder)
  const lock = lockDataDir(folder)
  let file: UnfinishedFile
  try {
    const present = [path, `${path}-wal`].find(existsSync)
    if (present) {
      throw new StoreError('NOT_EMPTY', `There is ${present} already: import into a folder without it.`)
    }
    file = beginDatabaseFile(path, { epoch, secret })
  } catch (error) {
    lock.release()
    if (error instanceof StoreError) throw error
    throw new StoreError('DATA_DIR_UNUSABLE', `${path} can't be made: ${errorText(error)}.`, { cause: error })
  }
  const { db } = file
  // Should the machine stop, the file has no name yet: it is synced as a whole in the end.
  db.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA cache_size = -16384')
  const insert = createInserts(file)
  for (const [key, value] of [
    ['trimmed', floor],
    ['trimmed_public', trimmedPublic],
  ] as const) {
    if (value > 0) prepare(db, 'INSERT INTO meta VALUES (:key, :value)').run({ key, value })
  }

  return {
    async add(rows) {
      db.exec('BEGIN')
      for (const row of rows) insert(row)
      db.exec('COMMIT')
    },
    async finish() {
      file.finish()
      lock.release()
    },
    async abandon() {
      if (!db.isOpen) return
      file.abandon()
      lock.release()
    },
  }
}

function createInserts({ db }: UnfinishedFile): (row: ArchiveRow) => void {
  const selectNumber = prepare<{ n: number }>(db, 'SELECT n FROM account WHERE id = :id')
  const account = prepare(
    db,
    `INSERT INTO account
      (id, username, key, skeleton, password_hash, created_at, last_seen_at, deleted_at, trimmed)
    VALUES (:id, :username, :key, :skeleton, :passwordHash, :createdAt, :lastSeenAt, :deletedAt, :trimmed)`,
  )
  const session = prepare(
    db,
    `INSERT INTO session (id, token_hash, account, device, created_at, last_used_at, expires_at)
    VALUES (:id, :tokenHash, :account, :device, :createdAt, :lastUsedAt, :expiresAt)`,
  )
  const reading = prepare(db, 'INSERT INTO reading VALUES (:account, :peer, :position)')
  const record = prepare(db, 'INSERT INTO record VALUES (:of, :key, :value)')
  const message = prepare(
    db,
    `INSERT INTO message
      (position, id, author, recipient, text, sent_at, reply_to, edited_at, deleted_at, revised)
    VALUES (:position, :id, :author, :recipient, :text, :sentAt, :replyTo, :editedAt, :deletedAt, :revised)`,
  )
  const privately = prepare(db, 'INSERT INTO private VALUES (:account, :peer, :position)')
  const revision = prepare(
    db,
    `INSERT INTO revision
    VALUES (:position, :messagePosition, :messageId, :author, :recipient, :sentAt, :isDeletion, :at)`,
  )
  const revisedPrivately = prepare(db, 'INSERT INTO private_revision VALUES (:account, :position)')
  // One that came twice is the same.
  const nonce = prepare(
    db,
    `INSERT OR IGNORE INTO nonce (position, account, key, digest, message_id, recipient, sent_at, revised_at)
    VALUES (:position, :account, :key, :digest, :messageId, :recipient, :sentAt, :revisedAt)`,
  )
  const numbersById = createBoundedMap<string, number>(NUMBERS_KEPT)

  function numberOf(id: string): number {
    const known = numbersById.get(id)
    if (known !== undefined) return known
    const n = selectNumber.get({ id })?.n
    if (n === undefined) throw new ArchiveError('DAMAGED', `a row names the account ${id}, which there is not`)
    numbersById.set(id, n)
    return n
  }

  function insert(row: ArchiveRow): void {
    switch (row.kind) {
      case 'account': {
        const { kind, skeleton, ...columns } = row
        account.run({ ...columns, skeleton: skeleton ?? '' })
        return
      }
      case 'session': {
        const { kind, accountId, ...columns } = row
        session.run({ ...columns, account: numberOf(accountId) })
        return
      }
      case 'reading': {
        const { accountId, withId, position } = row
        const peer = withId === null ? EVERYONE : numberOf(withId)
        reading.run({ account: numberOf(accountId), peer, position })
        return
      }
      case 'record': {
        const { kind, ...columns } = row
        record.run(columns)
        return
      }
      case 'message': {
        const { kind, fromId, toId, ...columns } = row
        const { position } = row
        const author = numberOf(fromId)
        const recipient = toId === null ? null : numberOf(toId)
        message.run({ ...columns, author, recipient })
        if (recipient === null) return
        privately.run({ account: author, peer: recipient, position })
        if (recipient !== author) privately.run({ account: recipient, peer: author, position })
        return
      }
      case 'revision': {
        const { kind, fromId, toId, change, ...columns } = row
        const { position } = row
        const author = numberOf(fromId)
        const recipient = toId === null ? null : numberOf(toId)
        revision.run({ ...columns, author, recipient, isDeletion: change === 'deleted' ? 1 : 0 })
        if (recipient === null) return
        for (const account of new Set([author, recipient])) revisedPrivately.run({ account, position })
        return
      }
      case 'nonce': {
        const { kind, accountId, toId, ...columns } = row
        nonce.run({ ...columns, account: numberOf(accountId), recipient: toId === null ? null : numberOf(toId) })
      }
    }
  }

  return row => {
    try {
      insert(row)
    } catch (error) {
      if (error instanceof ArchiveError || isStorageFailure(error)) throw error
      throw new ArchiveError('DAMAGED', `a row of kind ${row.kind} does not fit the others: ${errorText(error)}`)
    }
  }
}
